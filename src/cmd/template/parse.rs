//! Tokens into a tree (text/template/parse/parse.go).

use std::collections::HashMap;

use super::functions;
use super::lex::{Position, SyntaxError, Token, lex, line_of};

/// How deeply actions and brackets may nest.
const MAX_DEPTH: usize = 100;

#[derive(Debug)]
pub enum Node {
    Text(String),
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template { name: String, pipe: Option<Pipe>, at: Position },
    Break,
    Continue,
}

#[derive(Debug)]
pub struct Branch {
    pub pipe: Pipe,
    pub then: Vec<Node>,
    pub otherwise: Vec<Node>,
}

/// Commands joined by `|`, whose result may go to variables.
#[derive(Debug)]
pub struct Pipe {
    pub variables: Vec<String>,
    /// `=` instead of `:=`.
    pub assigns: bool,
    pub commands: Vec<Call>,
}

/// An operand with arguments.
#[derive(Debug)]
pub struct Call {
    pub words: Vec<Operand>,
    /// As messages show it.
    pub text: String,
}

#[derive(Debug)]
pub struct Operand {
    pub kind: Kind,
    pub at: Position,
    /// As messages show it.
    pub text: String,
}

#[derive(Debug)]
pub enum Kind {
    Dot,
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    Function(String),
    /// `.A.B`
    Field(Vec<String>),
    /// `$x.A.B`
    Variable(String, Vec<String>),
    /// `(pipeline).A.B`
    Pipe(Box<Pipe>, Vec<String>),
}

pub type Defined = HashMap<String, Vec<Node>>;
type Parsed<T> = Result<T, SyntaxError>;

struct Parser<'a> {
    text: &'a str,
    tokens: std::iter::Peekable<std::vec::IntoIter<(Token, Position)>>,
    /// Where the last token began.
    at: Position,
    /// Names in scope.
    variables: Vec<String>,
    defined: Defined,
    depth: usize,
    range_depth: usize,
}

/// What ended a list of nodes.
enum Stop {
    Text,
    End,
    /// The action continues: `else`, `else if …`.
    Else,
}

pub fn parse(text: &str) -> Parsed<(Vec<Node>, Defined)> {
    let tokens = lex(text)?.into_iter().peekable();
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        variables: vec!["$".to_string()],
        defined: HashMap::new(),
        depth: 0,
        range_depth: 0,
    };
    let (main, end) = parser.list()?;
    match end {
        Stop::Text => Ok((main, parser.defined)),
        Stop::End => parser.fail("unexpected {{end}}"),
        Stop::Else => parser.fail("unexpected {{else}}"),
    }
}

impl Parser<'_> {
    fn fail<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(SyntaxError { line: line_of(self.text, self.at), message: message.into() })
    }

    fn next(&mut self) -> Option<Token> {
        let (token, at) = self.tokens.next()?;
        self.at = at;
        Some(token)
    }

    fn peek(&mut self) -> Option<&Token> {
        self.tokens.peek().map(|(token, _)| token)
    }

    /// Where the next token begins.
    fn next_at(&mut self) -> Position {
        self.tokens.peek().map_or(self.text.len(), |(_, at)| *at)
    }

    /// The error about a token that doesn't belong where it is.
    fn unexpected<T>(&self, token: Option<&Token>, context: &str) -> Parsed<T> {
        match token {
            Some(token) => self.fail(format!("unexpected {token} in {context}")),
            None => self.fail("unexpected EOF"),
        }
    }

    fn skip_space(&mut self) {
        while self.peek() == Some(&Token::Space) {
            self.next();
        }
    }

    fn next_word(&mut self) -> Option<Token> {
        self.skip_space();
        self.next()
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { self.fail("nested too deeply") } else { Ok(()) }
    }

    fn list(&mut self) -> Parsed<(Vec<Node>, Stop)> {
        self.deeper()?;
        let mut nodes = Vec::new();
        let end = loop {
            match self.next() {
                None => break Stop::Text,
                Some(Token::Text(text)) => nodes.push(Node::Text(text)),
                Some(Token::Open) => {
                    self.skip_space();
                    match self.peek() {
                        Some(Token::Word(word)) if word == "end" => {
                            self.next();
                            self.close("end")?;
                            break Stop::End;
                        }
                        Some(Token::Word(word)) if word == "else" => {
                            self.next();
                            break Stop::Else;
                        }
                        _ => nodes.extend(self.action()?),
                    }
                }
                Some(_) => return self.fail("unexpected token outside of an action"),
            }
        };
        self.depth -= 1;
        Ok((nodes, end))
    }

    /// An action after its `{{`, up to its `}}` or `{{end}}`.
    fn action(&mut self) -> Parsed<Option<Node>> {
        let keyword = match self.peek() {
            Some(Token::Word(word)) => word.clone(),
            _ => String::new(),
        };
        match keyword.as_str() {
            "if" | "with" | "range" => {
                self.next();
                Ok(Some(self.control(&keyword)?))
            }
            "define" => {
                self.next();
                self.define()?;
                Ok(None)
            }
            "template" => {
                self.next();
                self.skip_space();
                let at = self.next_at();
                let (name, pipe) = self.template_call("template clause")?;
                Ok(Some(Node::Template { name, pipe, at }))
            }
            "block" => {
                self.next();
                let at = self.at;
                let (name, pipe) = self.template_call("block clause")?;
                if pipe.is_none() {
                    return self.fail("missing value for block clause");
                }
                let body = self.body()?;
                self.defined.entry(name.clone()).or_insert(body);
                Ok(Some(Node::Template { name, pipe, at }))
            }
            "break" | "continue" => {
                self.next();
                if self.range_depth == 0 {
                    return self.fail(format!("{{{{{keyword}}}}} outside {{{{range}}}}"));
                }
                self.close(&keyword)?;
                Ok(Some(if keyword == "break" { Node::Break } else { Node::Continue }))
            }
            _ => {
                // A variable declared here lives to the end of the list that it is in.
                let pipe = self.pipe("command", &Token::Close)?;
                Ok(Some(Node::Action(pipe)))
            }
        }
    }

    fn close(&mut self, context: &str) -> Parsed<()> {
        match self.next_word() {
            Some(Token::Close) => Ok(()),
            token => self.unexpected(token.as_ref(), context),
        }
    }

    fn control(&mut self, keyword: &str) -> Parsed<Node> {
        self.deeper()?;
        let scope = self.variables.len();
        let pipe = self.pipe(keyword, &Token::Close)?;
        if keyword != "range" && pipe.variables.len() > 1 {
            return self.fail(format!("too many declarations in {keyword}"));
        }
        let in_range = usize::from(keyword == "range");
        self.range_depth += in_range;
        let (then, end) = self.list()?;
        self.range_depth -= in_range;
        let otherwise = match end {
            Stop::End => Vec::new(),
            Stop::Text => return self.fail("unexpected EOF"),
            Stop::Else => self.otherwise(keyword)?,
        };
        self.variables.truncate(scope);
        self.depth -= 1;
        let branch = Branch { pipe, then, otherwise };
        Ok(match keyword {
            "if" => Node::If(branch),
            "with" => Node::With(branch),
            _ => Node::Range(branch),
        })
    }

    /// What follows `{{else`: nothing, or the same keyword again, which shares the end.
    fn otherwise(&mut self, keyword: &str) -> Parsed<Vec<Node>> {
        self.skip_space();
        match self.peek() {
            Some(Token::Word(word)) if word == keyword && keyword != "range" => {
                self.next();
                Ok(vec![self.control(keyword)?])
            }
            _ => {
                self.close("else")?;
                match self.list()? {
                    (nodes, Stop::End) => Ok(nodes),
                    (_, Stop::Else) => self.fail("expected end; found {{else}}"),
                    (_, Stop::Text) => self.fail("unexpected EOF"),
                }
            }
        }
    }

    fn define(&mut self) -> Parsed<()> {
        if self.depth > 1 {
            return self.fail("unexpected {{define}}");
        }
        let Some(Token::Str(name)) = self.next_word() else {
            return self.fail("unexpected token in define clause");
        };
        self.close("define clause")?;
        let body = self.body()?;
        self.defined.insert(name, body);
        Ok(())
    }

    /// The nodes of a definition, which sees no variables but its own.
    fn body(&mut self) -> Parsed<Vec<Node>> {
        let outer = std::mem::replace(&mut self.variables, vec!["$".to_string()]);
        let range_depth = std::mem::take(&mut self.range_depth);
        let (nodes, end) = self.list()?;
        self.variables = outer;
        self.range_depth = range_depth;
        if matches!(end, Stop::End) { Ok(nodes) } else { self.fail("unexpected EOF") }
    }

    fn template_call(&mut self, context: &str) -> Parsed<(String, Option<Pipe>)> {
        let Some(Token::Str(name)) = self.next_word() else {
            return self.fail(format!("unexpected token in {context}"));
        };
        self.skip_space();
        if self.peek() == Some(&Token::Close) {
            self.next();
            return Ok((name, None));
        }
        Ok((name, Some(self.pipe(context, &Token::Close)?)))
    }

    /// A pipeline up to and with `end`.
    fn pipe(&mut self, context: &str, end: &Token) -> Parsed<Pipe> {
        let (variables, assigns) = self.declarations(context)?;
        let mut commands = Vec::new();
        loop {
            let call = self.call(context, end)?;
            if call.words.is_empty() {
                if commands.is_empty() {
                    return self.fail(format!("missing value for {context}"));
                }
                let token = self.next();
                return match token {
                    Some(Token::Pipe) => self.unexpected(token.as_ref(), context),
                    _ => self.fail(format!("missing value for {context}")),
                };
            }
            let is_constant = matches!(
                call.words[0].kind,
                Kind::Nil | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Str(_) | Kind::Dot
            );
            if is_constant && !commands.is_empty() {
                let message = format!("non executable command in pipeline stage {}", commands.len() + 1);
                return self.fail(message);
            }
            commands.push(call);
            match self.next() {
                Some(Token::Pipe) => {}
                Some(token) if token == *end => break,
                token => return self.unexpected(token.as_ref(), context),
            }
        }
        // Visible only after the pipeline that gives them their value.
        if !assigns {
            self.variables.extend(variables.iter().cloned());
        }
        Ok(Pipe { variables, assigns, commands })
    }

    /// `$x :=`, `$i, $x :=`, `$x =`, or nothing.
    fn declarations(&mut self, context: &str) -> Parsed<(Vec<String>, bool)> {
        self.skip_space();
        let mut ahead = self.tokens.clone().map(|(token, _)| token).filter(|t| *t != Token::Space);
        let mut names = Vec::new();
        let mut used = 0;
        let assigns = loop {
            let Some(Token::Variable(name)) = ahead.next() else { return Ok((Vec::new(), false)) };
            names.push(name);
            used += 2;
            match ahead.next() {
                Some(Token::Declare) => break false,
                Some(Token::Assign) => break true,
                Some(Token::Comma) if context == "range" && names.len() < 2 => {}
                Some(Token::Comma) => return self.fail(format!("too many declarations in {context}")),
                _ => return Ok((Vec::new(), false)),
            }
        };
        for _ in 0..used {
            self.next_word();
        }
        if assigns && let Some(name) = names.iter().find(|n| !self.variables.contains(n)) {
            return self.fail(format!("undefined variable {name:?}"));
        }
        Ok((names, assigns))
    }

    /// Operands up to a pipe or `end`, neither of which is taken.
    fn call(&mut self, context: &str, end: &Token) -> Parsed<Call> {
        self.skip_space();
        let start = self.next_at();
        let mut words = Vec::new();
        loop {
            self.skip_space();
            let ends = self.peek().is_some_and(|token| *token == Token::Pipe || token == end);
            if ends {
                let text = self.text.get(start..self.next_at()).unwrap_or_default();
                return Ok(Call { words, text: text.trim_end().to_string() });
            }
            words.push(self.operand(context)?);
            // Operands are separated by white space, or it is an error.
            match self.peek() {
                Some(Token::Space | Token::Pipe) => {}
                Some(token) if token == end => {}
                _ => {
                    let token = self.next();
                    return self.unexpected(token.as_ref(), context);
                }
            }
        }
    }

    fn operand(&mut self, context: &str) -> Parsed<Operand> {
        let Some(token) = self.next() else { return self.unexpected(None, context) };
        let mut at = self.at;
        let (kind, text) = match token {
            Token::Dot => (Kind::Dot, ".".to_string()),
            Token::Int(n) => (Kind::Int(n), n.to_string()),
            Token::Float(n) => (Kind::Float(n), n.to_string()),
            Token::Str(s) => {
                let text = format!("{s:?}");
                (Kind::Str(s), text)
            }
            Token::Word(word) => (self.word(&word)?, word),
            Token::Field(name) => {
                let rest = self.fields(&mut at);
                let names: Vec<String> = std::iter::once(name).chain(rest).collect();
                let text = format!(".{}", names.join("."));
                (Kind::Field(names), text)
            }
            Token::Variable(name) => {
                if !self.variables.contains(&name) {
                    return self.fail(format!("undefined variable {name:?}"));
                }
                let names = self.fields(&mut at);
                let text = std::iter::once(name.as_str()).chain(names.iter().map(String::as_str));
                let text = text.collect::<Vec<_>>().join(".");
                (Kind::Variable(name, names), text)
            }
            Token::LeftParen => {
                self.deeper()?;
                let pipe = self.pipe("parenthesized pipeline", &Token::RightParen)?;
                self.depth -= 1;
                let names = self.fields(&mut at);
                (Kind::Pipe(Box::new(pipe), names), "(…)".to_string())
            }
            token => return self.unexpected(Some(&token), context),
        };
        Ok(Operand { kind, at, text })
    }

    fn word(&self, word: &str) -> Parsed<Kind> {
        Ok(match word {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "nil" => Kind::Nil,
            "if" | "else" | "end" | "range" | "with" | "define" | "template" | "block" => {
                return self.fail(format!("unexpected {{{{{word}}}}}"));
            }
            _ if functions::exists(word) => Kind::Function(word.to_string()),
            _ => return self.fail(format!("function {word:?} not defined")),
        })
    }

    /// Fields that follow an operand without white space. Go reports errors at the first of them.
    fn fields(&mut self, at: &mut Position) -> Vec<String> {
        let mut names = Vec::new();
        while let Some(Token::Field(name)) = self.peek() {
            names.push(name.clone());
            self.next();
            if names.len() == 1 {
                *at = self.at;
            }
        }
        names
    }
}
