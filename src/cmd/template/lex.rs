//! Text into tokens (text/template/parse/lex.go).

/// Where a token begins, in bytes of the template.
pub type Position = usize;

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Text(String),
    Open,
    Close,
    /// `.Name`, without the dot.
    Field(String),
    /// `$name`, with the dollar.
    Variable(String),
    /// Function, keyword, `true`, `false`, `nil`.
    Word(String),
    Int(i64),
    Float(f64),
    Str(String),
    Dot,
    Pipe,
    Declare,
    Assign,
    Comma,
    LeftParen,
    RightParen,
    /// White space between operands, which separates arguments.
    Space,
}

/// As messages show it.
impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(name) => write!(f, "<.{name}>"),
            Self::Text(text) | Self::Str(text) => write!(f, "{text:?}"),
            Self::Variable(name) | Self::Word(name) => write!(f, "<{name}>"),
            Self::Int(n) => write!(f, "\"{n}\""),
            Self::Float(n) => write!(f, "\"{n}\""),
            Self::Open => f.write_str("\"{{\""),
            Self::Close => f.write_str("\"}}\""),
            Self::Dot => f.write_str("<.>"),
            Self::Pipe => f.write_str("\"|\""),
            Self::Declare => f.write_str("\":=\""),
            Self::Assign => f.write_str("\"=\""),
            Self::Comma => f.write_str("\",\""),
            Self::LeftParen => f.write_str("\"(\""),
            Self::RightParen => f.write_str("\")\""),
            Self::Space => f.write_str("\" \""),
        }
    }
}

/// What is wrong, and in which line.
#[derive(Debug)]
pub struct SyntaxError {
    pub line: usize,
    pub message: String,
}

struct Lexer<'a> {
    text: &'a str,
    at: Position,
    tokens: Vec<(Token, Position)>,
}

/// All tokens of a template.
pub fn lex(text: &str) -> Result<Vec<(Token, Position)>, SyntaxError> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    let mut trim = false;
    while lexer.at < text.len() {
        trim = lexer.literal(trim)?;
    }
    Ok(lexer.tokens)
}

/// The line, from 1, of a position.
pub fn line_of(text: &str, at: Position) -> usize {
    1 + text[..at.min(text.len())].matches('\n').count()
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError { line: line_of(self.text, self.at), message: message.into() })
    }

    fn push(&mut self, token: Token, length: usize) {
        self.tokens.push((token, self.at));
        self.at += length;
    }

    /// Text up to and with the next action. Answers whether white space after the action is to go.
    fn literal(&mut self, trim_left: bool) -> Result<bool, SyntaxError> {
        let length = self.rest().find("{{").unwrap_or(self.rest().len());
        let mut text = &self.rest()[..length];
        let after = &self.rest()[length..];
        let trim_right = after.strip_prefix("{{-").is_some_and(|r| r.starts_with(is_space));
        if trim_left {
            text = text.trim_start_matches(is_space);
        }
        if trim_right {
            text = text.trim_end_matches(is_space);
        }
        if !text.is_empty() {
            let text = text.to_string();
            self.tokens.push((Token::Text(text), self.at));
        }
        self.at += length;
        if self.rest().is_empty() {
            return Ok(false);
        }
        self.at += if trim_right { 4 } else { 2 };
        if self.rest().starts_with("/*") {
            return self.comment();
        }
        self.tokens.push((Token::Open, self.at));
        self.action()
    }

    fn comment(&mut self) -> Result<bool, SyntaxError> {
        let Some(end) = self.rest().find("*/") else { return self.fail("unclosed comment") };
        self.at += end + 2;
        let trims = self.rest().starts_with(is_space) && self.rest()[1..].starts_with("-}}");
        let length = if trims { 4 } else { 2 };
        if !trims && !self.rest().starts_with("}}") {
            return self.fail("comment ends before closing delimiter");
        }
        self.at += length;
        Ok(trims)
    }

    /// The inside of `{{…}}`.
    fn action(&mut self) -> Result<bool, SyntaxError> {
        let mut depth = 0;
        loop {
            let rest = self.rest();
            let trims = rest.starts_with(is_space) && rest[1..].starts_with("-}}");
            if rest.starts_with("}}") || trims {
                if depth > 0 {
                    return self.fail("unclosed left paren");
                }
                self.push(Token::Close, if trims { 4 } else { 2 });
                return Ok(trims);
            }
            let Some(c) = rest.chars().next() else { return self.fail("unclosed action") };
            match c {
                c if is_space(c) => {
                    // A blank before ` -}}` belongs to the delimiter.
                    let blanks = rest.len() - rest.trim_start_matches(is_space).len();
                    let keep = usize::from(rest[blanks..].starts_with("-}}"));
                    self.push(Token::Space, (blanks - keep).max(1));
                }
                '(' => {
                    depth += 1;
                    self.push(Token::LeftParen, 1);
                }
                ')' if depth == 0 => return self.fail("unexpected right paren"),
                ')' => {
                    depth -= 1;
                    self.push(Token::RightParen, 1);
                }
                _ => self.operand(c)?,
            }
        }
    }

    fn operand(&mut self, c: char) -> Result<(), SyntaxError> {
        let rest = self.rest();
        let next = rest[c.len_utf8()..].chars().next().unwrap_or(' ');
        match c {
            '|' => self.push(Token::Pipe, 1),
            ',' => self.push(Token::Comma, 1),
            ':' if next == '=' => self.push(Token::Declare, 2),
            ':' => return self.fail("expected :="),
            '=' => self.push(Token::Assign, 1),
            '"' => return self.quoted(),
            '`' => match rest[1..].find('`') {
                Some(end) => self.push(Token::Str(rest[1..=end].to_string()), end + 2),
                None => return self.fail("unterminated raw quoted string"),
            },
            '\'' => return self.character(),
            '.' if !next.is_ascii_digit() => {
                let name = word(&rest[1..]);
                let length = 1 + name.len();
                let token = if name.is_empty() { Token::Dot } else { Token::Field(name.to_string()) };
                self.push(token, length);
            }
            '$' => {
                let name = word(&rest[1..]);
                let (token, length) = (Token::Variable(format!("${name}")), 1 + name.len());
                self.push(token, length);
            }
            c if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => return self.number(),
            c if c.is_alphabetic() || c == '_' => {
                let name = word(rest).to_string();
                let length = name.len();
                self.push(Token::Word(name), length);
            }
            c => return self.fail(format!("unexpected {c:?} in command")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), SyntaxError> {
        let rest = self.rest();
        let mut end = 1;
        for c in rest[1..].chars() {
            let exponent = matches!(rest[..end].chars().last(), Some('e' | 'E')) && !rest.contains("0x");
            if !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_') || (exponent && matches!(c, '+' | '-')))
            {
                break;
            }
            end += c.len_utf8();
        }
        let literal = &rest[..end];
        let plain = literal.replace('_', "");
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
        };
        let radix = |prefix: &str, radix| digits.strip_prefix(prefix).map(|d| i64::from_str_radix(d, radix));
        let int = radix("0x", 16).or_else(|| radix("0b", 2)).or_else(|| radix("0o", 8));
        let int = int.unwrap_or_else(|| digits.parse::<i64>());
        // Rust would take "inf" and "nan" too.
        let float = digits
            .parse::<f64>()
            .ok()
            .filter(|_| digits.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
        let token = match (int, float) {
            (Ok(int), _) => Token::Int(sign * int),
            (_, Some(float)) if float.is_finite() => Token::Float(f64::from(sign as i32) * float),
            _ => return self.fail(format!("bad number syntax: {literal:?}")),
        };
        self.push(token, end);
        Ok(())
    }

    /// `'a'`: the character's number.
    fn character(&mut self) -> Result<(), SyntaxError> {
        let inner = &self.rest()[1..];
        let escaped = inner.starts_with('\\');
        let end = inner
            .char_indices()
            .skip(if escaped { 2 } else { 1 })
            .find(|(_, c)| *c == '\'')
            .map(|(at, _)| at);
        let Some(end) = end else { return self.fail("unterminated character constant") };
        let mut characters = match unquote(&inner[..end]) {
            Some(text) => text.chars().collect::<Vec<_>>(),
            None => Vec::new(),
        };
        match (characters.pop(), characters.is_empty()) {
            (Some(c), true) => self.push(Token::Int(i64::from(u32::from(c))), end + 2),
            _ => return self.fail("malformed character constant"),
        }
        Ok(())
    }

    fn quoted(&mut self) -> Result<(), SyntaxError> {
        let inner = &self.rest()[1..];
        let mut escaped = false;
        for (at, c) in inner.char_indices() {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    let Some(text) = unquote(&inner[..at]) else {
                        return self.fail(format!("invalid syntax in string \"{}\"", &inner[..at]));
                    };
                    self.push(Token::Str(text), at + 2);
                    return Ok(());
                }
                _ => {}
            }
        }
        self.fail("unterminated quoted string")
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// The identifier that the text begins with, if any.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    &text[..end.unwrap_or(text.len())]
}

/// Go's escapes (strconv.Unquote); bytes that are no UTF-8 together are refused.
fn unquote(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == '\\' {
            rest = unescape(rest, &mut bytes)?;
        } else {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    String::from_utf8(bytes).ok()
}

/// One escape, without its backslash; answers what follows it.
fn unescape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Option<&'a str> {
    let letter = text.chars().next()?;
    let rest = &text[letter.len_utf8()..];
    let number = |text: &str, digits: usize, radix| {
        text.get(..digits).filter(|t| !t.starts_with('+')).and_then(|t| u32::from_str_radix(t, radix).ok())
    };
    let (character, used) = match letter {
        'n' => ('\n', 0),
        't' => ('\t', 0),
        'r' => ('\r', 0),
        'a' => ('\u{7}', 0),
        'b' => ('\u{8}', 0),
        'f' => ('\u{c}', 0),
        'v' => ('\u{b}', 0),
        '\\' | '"' | '\'' => (letter, 0),
        'u' => (char::from_u32(number(rest, 4, 16)?)?, 4),
        'U' => (char::from_u32(number(rest, 8, 16)?)?, 8),
        'x' => {
            bytes.push(u8::try_from(number(rest, 2, 16)?).ok()?);
            return rest.get(2..);
        }
        '0'..='7' => {
            bytes.push(u8::try_from(number(text, 3, 8)?).ok()?);
            return text.get(3..);
        }
        _ => return None,
    };
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    rest.get(used..)
}
