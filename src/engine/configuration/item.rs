//! A value of a configuration file together with where it stands, and the types that it may have.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Result, one_line};

/// What is wrong with a value, and where in the text it stands.
#[derive(Debug)]
pub struct Fault {
    pub at: usize,
    pub what: String,
}

pub type Read<T> = std::result::Result<T, Fault>;

/// A value.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a>(pub &'a Spanned<DeValue<'a>>);

impl<'a> Item<'a> {
    pub fn fault(self, what: impl Into<String>) -> Fault {
        Fault { at: self.0.span().start, what: what.into() }
    }

    fn expected(self, wanted: &str) -> Fault {
        self.fault(format!("expected {wanted}, found {}", self.0.get_ref().type_str()))
    }

    pub fn text(self) -> Read<&'a str> {
        self.0.get_ref().as_str().ok_or_else(|| self.expected("a string"))
    }

    pub fn boolean(self) -> Read<bool> {
        self.0.get_ref().as_bool().ok_or_else(|| self.expected("true or false"))
    }

    pub fn integer(self) -> Read<i64> {
        let integer = self.0.get_ref().as_integer().ok_or_else(|| self.expected("an integer"))?;
        i64::from_str_radix(integer.as_str(), integer.radix())
            .map_err(|_| self.fault("the number is too large"))
    }

    pub fn list(self) -> Read<Vec<Item<'a>>> {
        let list = self.0.get_ref().as_array().ok_or_else(|| self.expected("a list"))?;
        Ok(list.iter().map(Item).collect())
    }

    /// Names and their values.
    pub fn table(self) -> Read<Vec<(&'a str, Item<'a>)>> {
        let table: &'a DeTable<'a> = self.0.get_ref().as_table().ok_or_else(|| self.expected("a table"))?;
        Ok(table.iter().map(|(name, value)| (name.get_ref().as_ref(), Item(value))).collect())
    }

    /// A string that means something.
    pub fn parsed<T>(self, parse: impl FnOnce(&str) -> Result<T>) -> Read<T> {
        parse(self.text()?).map_err(|error| self.fault(one_line(&error)))
    }

    /// A list of strings that mean something.
    pub fn parsed_list<T>(self, parse: impl Fn(&str) -> Result<T>) -> Read<Vec<T>> {
        self.list()?.into_iter().map(|item| item.parsed(&parse)).collect()
    }

    /// A table of strings; numbers and truth values count as they are written.
    pub fn strings(self) -> Read<BTreeMap<String, String>> {
        let text = |item: Item<'_>| match item.0.get_ref() {
            DeValue::Boolean(value) => Ok(value.to_string()),
            DeValue::Integer(_) => item.integer().map(|n| n.to_string()),
            _ => item.text().map(String::from),
        };
        self.table()?.into_iter().map(|(name, item)| Ok((name.to_string(), text(item)?))).collect()
    }
}
