//! Go's text/template over JSON values, with the functions that Docker documents for `--format`.
//!
//! A template is parsed once and executed per value. Objects whose keys all begin with a capital stand for Go's structs: a field that
//! such an object lacks is an error when printed, and false in a condition. Other objects are maps: what they lack is `<no value>`.
//! Differences from Go, all on purpose: integers and floats compare with each other, and `join` takes lists of any scalars.

mod eval;
mod functions;
mod lex;
mod parse;
mod print;
mod printf;

use std::collections::HashMap;

use serde_json::Value;

use crate::error::{Kind, Result};
use parse::Node;

pub(crate) use print::json_text;

/// A parsed template.
#[derive(Debug)]
pub struct Template {
    main: Vec<Node>,
    /// By name, from `{{define}}` and `{{block}}`.
    defined: HashMap<String, Vec<Node>>,
    text: String,
}

impl Template {
    /// Parses `text`. The error is one line, as docker prints it.
    pub fn parse(text: &str) -> Result<Self> {
        match parse::parse(text) {
            Ok((main, defined)) => Ok(Self { main, defined, text: text.to_string() }),
            Err(e) => {
                Kind::Invalid.err(format!("template parsing error: template: :{}: {}", e.line, e.message))
            }
        }
    }

    /// The text that the template makes of `data`.
    pub fn render(&self, data: &Value) -> Result<String> {
        self.execute(data, false)
    }

    /// The text for a table's header: `data` has the columns' names, which functions leave as they are.
    pub fn render_header(&self, data: &Value) -> Result<String> {
        self.execute(data, true)
    }

    fn execute(&self, data: &Value, header: bool) -> Result<String> {
        match eval::execute(&self.main, &self.defined, data, header) {
            Ok(text) => Ok(text),
            Err(e) => Kind::Invalid.err(format!("template parsing error: {}", e.describe(&self.text))),
        }
    }
}

#[cfg(test)]
mod tests;
