//! Executes a tree (text/template/exec.go).

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Number, Value};

use super::functions;
use super::lex::{Position, line_of};
use super::parse::{Branch, Call, Kind, Node, Operand, Pipe};
use super::print;

/// How deeply `{{template}}` may call itself.
const MAX_CALLS: usize = 100;
/// What a template may print in all: a loop can't fill the memory.
const MAX_OUTPUT: usize = 64 << 20;

/// A value during execution.
#[derive(Debug, Clone)]
pub enum Val<'a> {
    Is(Cow<'a, Value>),
    /// What an object lacks; `of_struct` if the object stands for a struct.
    Missing {
        key: String,
        of_struct: bool,
    },
}

impl Val<'_> {
    pub fn own(value: impl Into<Value>) -> Self {
        Self::Is(Cow::Owned(value.into()))
    }

    /// The JSON value; what is missing is null.
    pub fn json(&self) -> &Value {
        match self {
            Self::Is(value) => value,
            Self::Missing { .. } => &Value::Null,
        }
    }

    /// Go's notion of truth: neither absent, nor zero, nor empty.
    pub fn is_true(&self) -> bool {
        match self.json() {
            Value::Null => false,
            Value::Bool(b) => *b,
            Value::Number(n) => n.as_f64() != Some(0.0),
            Value::String(s) => !s.is_empty(),
            Value::Array(a) => !a.is_empty(),
            Value::Object(o) => !o.is_empty(),
        }
    }
}

/// Why execution ended.
#[derive(Debug)]
pub struct ExecError {
    at: Position,
    /// The operand that it is about.
    context: String,
    message: String,
}

impl ExecError {
    /// As Go says it: `template: :1:2: executing "" at <.Foo>: …`.
    pub fn describe(&self, text: &str) -> String {
        let line_start = text[..self.at.min(text.len())].rfind('\n').map_or(0, |n| n + 1);
        let mut context = self.context.clone();
        if context.chars().count() > 20 {
            context = format!("{}...", context.chars().take(20).collect::<String>());
        }
        let (line, column) = (line_of(text, self.at), self.at - line_start);
        format!("template: :{line}:{column}: executing \"\" at <{context}>: {}", self.message)
    }
}

enum Flow {
    On,
    Break,
    Continue,
}

type Exec<T> = Result<T, ExecError>;

struct Run<'a> {
    defined: &'a HashMap<String, Vec<Node>>,
    /// Innermost last.
    variables: Vec<(String, Val<'a>)>,
    out: String,
    header: bool,
    calls: usize,
}

pub fn execute(
    nodes: &[Node],
    defined: &HashMap<String, Vec<Node>>,
    data: &Value,
    header: bool,
) -> Exec<String> {
    let root = Val::Is(Cow::Borrowed(data));
    let variables = vec![("$".to_string(), root.clone())];
    let mut run = Run { defined, variables, out: String::new(), header, calls: 0 };
    run.list(nodes, &root)?;
    Ok(run.out)
}

fn fail<T>(operand: &Operand, message: impl Into<String>) -> Exec<T> {
    Err(ExecError { at: operand.at, context: operand.text.clone(), message: message.into() })
}

impl<'a> Run<'a> {
    fn list(&mut self, nodes: &[Node], dot: &Val<'a>) -> Exec<Flow> {
        for node in nodes {
            match self.node(node, dot)? {
                Flow::On => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::On)
    }

    /// A list with variables of its own.
    fn scoped(&mut self, nodes: &[Node], dot: &Val<'a>) -> Exec<Flow> {
        let mark = self.variables.len();
        let flow = self.list(nodes, dot);
        self.variables.truncate(mark);
        flow
    }

    fn node(&mut self, node: &Node, dot: &Val<'a>) -> Exec<Flow> {
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Action(pipe) => {
                let value = self.pipe(pipe, dot)?;
                if pipe.variables.is_empty() {
                    self.print(pipe, &value)?;
                }
            }
            Node::If(branch) | Node::With(branch) => {
                let mark = self.variables.len();
                let value = self.pipe(&branch.pipe, dot)?;
                let inner = if matches!(node, Node::With(_)) { value.clone() } else { dot.clone() };
                let flow = if value.is_true() {
                    self.list(&branch.then, &inner)
                } else {
                    self.list(&branch.otherwise, dot)
                };
                self.variables.truncate(mark);
                return flow;
            }
            Node::Range(branch) => {
                let mark = self.variables.len();
                let flow = self.range(branch, dot);
                self.variables.truncate(mark);
                return flow;
            }
            Node::Template { name, pipe, at } => self.template(name, pipe.as_ref(), *at, dot)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn print(&mut self, pipe: &Pipe, value: &Val<'a>) -> Exec<()> {
        let operand = &pipe.commands.last().expect("a pipeline has a command").words[0];
        if let Val::Missing { key, of_struct: true } = value {
            return fail(operand, format!("map has no entry for key {key:?}"));
        }
        match value.json() {
            Value::Null => self.out.push_str("<no value>"),
            value => print::plain(value, &mut self.out),
        }
        if self.out.len() > MAX_OUTPUT { fail(operand, "the output is too long") } else { Ok(()) }
    }

    fn template(&mut self, name: &str, pipe: Option<&Pipe>, at: Position, dot: &Val<'a>) -> Exec<()> {
        let error =
            |message: String| Err(ExecError { at, context: format!("{{{{template {name:?}}}}}"), message });
        let Some(nodes) = self.defined.get(name) else {
            return error(format!("template {name:?} not defined"));
        };
        self.calls += 1;
        if self.calls > MAX_CALLS {
            return error(format!("exceeded maximum template depth ({MAX_CALLS})"));
        }
        let data = match pipe {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => Val::own(Value::Null),
        };
        // The definition sees only its own data.
        let outer = std::mem::replace(&mut self.variables, vec![("$".to_string(), data.clone())]);
        let done = self.list(nodes, &data);
        self.variables = outer;
        self.calls -= 1;
        done.map(drop)
    }

    fn range(&mut self, branch: &Branch, dot: &Val<'a>) -> Exec<Flow> {
        let value = self.pipe(&branch.pipe, dot)?;
        // The pipeline set the variables to the whole; here they take the elements.
        let names = &branch.pipe.variables;
        let Some(items) = elements(&value) else {
            let operand = &branch.pipe.commands[0].words[0];
            let mut text = String::new();
            print::plain(value.json(), &mut text);
            return fail(operand, format!("range can't iterate over {text}"));
        };
        if items.is_empty() {
            return self.scoped(&branch.otherwise, dot);
        }
        for (index, item) in items {
            match names.as_slice() {
                [] => {}
                [value] => self.assign(value, item.clone()),
                [key, value, ..] => {
                    self.assign(key, Val::own(index));
                    self.assign(value, item.clone());
                }
            }
            if let Flow::Break = self.scoped(&branch.then, &item)? {
                break;
            }
        }
        Ok(Flow::On)
    }

    /// Sets the innermost variable of that name.
    fn assign(&mut self, name: &str, value: Val<'a>) {
        if let Some((_, slot)) = self.variables.iter_mut().rev().find(|(n, _)| n == name) {
            *slot = value;
        }
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Val<'a>) -> Exec<Val<'a>> {
        let mut value = None;
        for call in &pipe.commands {
            value = Some(self.call(call, dot, value)?);
        }
        let value = value.expect("a pipeline has a command");
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(name, value.clone());
            } else {
                self.variables.push((name.clone(), value.clone()));
            }
        }
        Ok(value)
    }

    /// One command; `last` is the value of the one before it, its last argument.
    fn call(&mut self, call: &Call, dot: &Val<'a>, last: Option<Val<'a>>) -> Exec<Val<'a>> {
        let (first, arguments) = call.words.split_first().expect("a command has a word");
        match &first.kind {
            Kind::Function(name) => self.function(name, first, (arguments, &call.text), dot, last),
            Kind::Nil => fail(first, "nil is not a command"),
            _ if arguments.is_empty() && last.is_none() => self.operand(first, dot),
            // A field with an argument is a method in Go; docker has one: `.Label "key"`.
            Kind::Field(names) | Kind::Variable(_, names) if names.last().is_some_and(|n| n == "Label") => {
                let mut given = Vec::new();
                for argument in arguments {
                    given.push(self.operand(argument, dot)?);
                }
                given.extend(last);
                let base = match &first.kind {
                    Kind::Variable(name, _) => self.variable(name),
                    _ => dot.clone(),
                };
                let owner = follow(first, base, &names[..names.len() - 1])?;
                if self.header {
                    return Ok(given.pop().unwrap_or_else(|| Val::own("")));
                }
                match functions::label(owner.json(), &given) {
                    Some(label) => Ok(Val::own(label)),
                    None => fail(first, "wrong number of args for Label: want 1"),
                }
            }
            Kind::Field(names) => {
                let name = names.last().map_or("", String::as_str);
                fail(first, format!("{name} is not a method but has arguments"))
            }
            _ => fail(first, format!("can't give argument to non-function {}", first.text)),
        }
    }

    fn function(
        &mut self,
        name: &str,
        first: &Operand,
        (arguments, text): (&[Operand], &str),
        dot: &Val<'a>,
        last: Option<Val<'a>>,
    ) -> Exec<Val<'a>> {
        if matches!(name, "and" | "or") {
            return self.short_circuit(name == "or", first, arguments, dot, last);
        }
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for argument in arguments {
            values.push(self.operand(argument, dot)?);
        }
        values.extend(last);
        match functions::call(name, &values, self.header) {
            Ok(value) => Ok(value),
            Err(error) => {
                // About one argument, or about the whole command.
                let argument = error.argument.and_then(|n| arguments.get(n));
                let (at, context) = argument.map_or((first.at, text), |a| (a.at, a.text.as_str()));
                let context =
                    if error.message.starts_with("wrong number") { first.text.as_str() } else { context };
                let literal =
                    argument.is_some_and(|a| matches!(a.kind, Kind::Int(_) | Kind::Float(_) | Kind::Bool(_)));
                let message =
                    match error.message.split_once("expected ").and_then(|(_, m)| m.split_once("; got")) {
                        Some((wanted, _)) if literal => format!("expected {wanted}; found {context}"),
                        _ => error.message,
                    };
                Err(ExecError { at, context: context.to_string(), message })
            }
        }
    }

    /// `and` and `or` evaluate no more arguments than needed.
    fn short_circuit(
        &mut self,
        until: bool,
        first: &Operand,
        arguments: &[Operand],
        dot: &Val<'a>,
        last: Option<Val<'a>>,
    ) -> Exec<Val<'a>> {
        let mut value = None;
        for argument in arguments {
            let this = self.operand(argument, dot)?;
            if this.is_true() == until {
                return Ok(this);
            }
            value = Some(this);
        }
        match last.or(value) {
            Some(value) => Ok(value),
            None => fail(first, format!("wrong number of args for {}: want at least 1 got 0", first.text)),
        }
    }

    fn variable(&self, name: &str) -> Val<'a> {
        let found = self.variables.iter().rev().find(|(n, _)| n == name);
        found.map_or_else(|| Val::own(Value::Null), |(_, value)| value.clone())
    }

    fn operand(&mut self, operand: &Operand, dot: &Val<'a>) -> Exec<Val<'a>> {
        Ok(match &operand.kind {
            Kind::Dot => dot.clone(),
            Kind::Nil => Val::own(Value::Null),
            Kind::Bool(b) => Val::own(*b),
            Kind::Int(n) => Val::own(*n),
            Kind::Float(n) => Val::own(Number::from_f64(*n).map_or(Value::Null, Value::Number)),
            Kind::Str(s) => Val::own(s.as_str()),
            Kind::Field(names) => follow(operand, dot.clone(), names)?,
            Kind::Variable(name, names) => follow(operand, self.variable(name), names)?,
            Kind::Pipe(pipe, names) => {
                let value = self.pipe(pipe, dot)?;
                follow(operand, value, names)?
            }
            // A function without arguments as an argument of another.
            Kind::Function(name) => self.function(name, operand, (&[], &operand.text), dot, None)?,
        })
    }
}

/// What a range goes through: indices or keys, and elements. `None`: not iterable.
fn elements<'a>(value: &Val<'a>) -> Option<Vec<(Value, Val<'a>)>> {
    let part = |v: &Value| Val::own(v.clone());
    Some(match value {
        // Elements of what is borrowed stay borrowed.
        Val::Is(Cow::Borrowed(Value::Array(list))) => {
            list.iter().enumerate().map(|(i, v)| (Value::from(i), Val::Is(Cow::Borrowed(v)))).collect()
        }
        Val::Is(Cow::Borrowed(Value::Object(map))) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            entries.into_iter().map(|(k, v)| (Value::from(k.as_str()), Val::Is(Cow::Borrowed(v)))).collect()
        }
        other => match other.json() {
            Value::Null => Vec::new(),
            Value::Array(list) => list.iter().enumerate().map(|(i, v)| (Value::from(i), part(v))).collect(),
            Value::Object(map) => {
                let mut entries: Vec<_> =
                    map.iter().map(|(k, v)| (Value::from(k.as_str()), part(v))).collect();
                entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
                entries
            }
            Value::Number(n) if n.is_i64() => {
                let count = n.as_i64().filter(|n| *n <= 1_000_000)?;
                (0..count).map(|i| (Value::from(i), Val::own(i))).collect()
            }
            _ => return None,
        },
    })
}

/// The fields of a value, one after the other.
fn follow<'a>(operand: &Operand, mut value: Val<'a>, names: &[String]) -> Exec<Val<'a>> {
    for name in names {
        value = match value {
            Val::Is(Cow::Borrowed(Value::Object(map))) => match map.get(name) {
                Some(found) => Val::Is(Cow::Borrowed(found)),
                None => missing(map, name),
            },
            Val::Is(Cow::Owned(Value::Object(mut map))) => match map.get_mut(name) {
                Some(found) => Val::Is(Cow::Owned(found.take())),
                None => missing(&map, name),
            },
            Val::Missing { key, of_struct: true } => {
                return fail(operand, format!("map has no entry for key {key:?}"));
            }
            Val::Missing { .. } => Val::Missing { key: name.clone(), of_struct: false },
            Val::Is(other) => match other.as_ref() {
                Value::Null => return fail(operand, format!("nil pointer evaluating interface {{}}.{name}")),
                _ => return fail(operand, format!("can't evaluate field {name} in type interface {{}}")),
            },
        };
    }
    Ok(value)
}

fn missing<'a>(map: &serde_json::Map<String, Value>, name: &str) -> Val<'a> {
    let capital = |key: &str| key.starts_with(|c: char| c.is_uppercase());
    let of_struct = capital(name) && !map.is_empty() && map.keys().all(|key| capital(key));
    Val::Missing { key: name.to_string(), of_struct }
}
