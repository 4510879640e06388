//! The words of Dockerfile instructions: quotes, backslashes and `$variables`, as docker's parser and its shell lexer have them (Dockerfile
//! reference, "Environment replacement"). Pure; knows no instruction.

use std::iter::Peekable;
use std::str::Chars;

use crate::error::{Context, Kind, Result};

/// The instructions of a Dockerfile: its lines, those together that end in a backslash, without comments and empty ones.
pub fn instructions(text: &str) -> Vec<String> {
    let (mut instructions, mut begun) = (Vec::new(), String::new());
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        match line.trim_end_matches([' ', '\t']).strip_suffix('\\') {
            Some(first) => begun += first,
            None => instructions.push(std::mem::take(&mut begun) + line),
        }
    }
    if !begun.trim().is_empty() {
        instructions.push(begun);
    }
    instructions
}

/// The words of a text as they stand there, with their quotes and backslashes, by which blanks are part of a word.
pub fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            ('\\', None | Some('"')) => {
                word.push(c);
                word.extend(chars.next());
                continue;
            }
            (c, Some(q)) if c == q => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            _ => {}
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// What a word stands for: without its quotes and backslashes, its variables replaced by their values. `env` gives those that are set.
pub fn expand(word: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    let mut lexer = Lexer { rest: word.chars().peekable(), env, depth: 0 };
    lexer.until(None).with_context(|| format!("failed to process {word:?}"))
}

/// So many substitutions may stand in one another's words: each takes some of the stack, and clients of the API write them.
const MAX_DEPTH: usize = 64;

struct Lexer<'a> {
    rest: Peekable<Chars<'a>>,
    env: &'a dyn Fn(&str) -> Option<String>,
    /// How many substitutions are open.
    depth: usize,
}

impl Lexer<'_> {
    /// Up to this character, which is taken, too, or to the end.
    fn until(&mut self, stop: Option<char>) -> Result<String> {
        let mut text = String::new();
        while let Some(c) = self.rest.peek().copied() {
            match c {
                '$' => text += &self.variable()?,
                '\'' => text += &self.single_quoted()?,
                '"' => text += &self.double_quoted()?,
                c => {
                    self.rest.next();
                    if Some(c) == stop {
                        return Ok(text);
                    }
                    text.extend(if c == '\\' { self.rest.next() } else { Some(c) });
                }
            }
        }
        match stop {
            None => Ok(text),
            Some(_) => Kind::Invalid.err("syntax error: missing '}'"),
        }
    }

    fn single_quoted(&mut self) -> Result<String> {
        self.rest.next();
        let mut text = String::new();
        for c in self.rest.by_ref() {
            if c == '\'' {
                return Ok(text);
            }
            text.push(c);
        }
        Kind::Invalid.err("unexpected end of statement while looking for matching single-quote")
    }

    fn double_quoted(&mut self) -> Result<String> {
        self.rest.next();
        let mut text = String::new();
        while let Some(c) = self.rest.peek().copied() {
            if c == '$' {
                text += &self.variable()?;
                continue;
            }
            self.rest.next();
            match c {
                '"' => return Ok(text),
                // Before others it is one itself.
                '\\' => text.push(self.rest.next_if(|next| matches!(next, '"' | '$' | '\\')).unwrap_or('\\')),
                c => text.push(c),
            }
        }
        Kind::Invalid.err("unexpected end of statement while looking for matching double-quote")
    }

    /// `$NAME`, `${NAME}` or `${NAME:-WORD}` and the like.
    fn variable(&mut self) -> Result<String> {
        self.rest.next();
        if self.rest.next_if_eq(&'{').is_none() {
            let name = self.name();
            return Ok(if name.is_empty() { "$".into() } else { (self.env)(&name).unwrap_or_default() });
        }
        match self.rest.peek() {
            None => return Kind::Invalid.err("syntax error: missing '}'"),
            Some('{' | '}' | ':') => return Kind::Invalid.err("syntax error: bad substitution"),
            Some(_) => {}
        }
        let name = self.name();
        let value = (self.env)(&name);
        // With a colon an empty one is as good as none.
        let (modifier, value) = match self.rest.next() {
            Some('}') => return Ok(value.unwrap_or_default()),
            Some(':') => (self.rest.next(), value.filter(|v| !v.is_empty())),
            modifier => (modifier, value),
        };
        let Some(modifier) = modifier else { return Kind::Invalid.err("syntax error: missing '}'") };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Kind::Invalid.err(format!("more than {MAX_DEPTH} substitutions in one another"));
        }
        let word = self.until(Some('}'))?;
        self.depth -= 1;
        match (modifier, value) {
            ('-', value) => Ok(value.unwrap_or(word)),
            ('+', value) => Ok(value.map_or_else(String::new, |_| word)),
            ('?', Some(value)) => Ok(value),
            ('?', None) if word.is_empty() => {
                Kind::Invalid.err(format!("{name}: is not allowed to be unset"))
            }
            ('?', None) => Kind::Invalid.err(format!("{name}: {word}")),
            (other, _) => Kind::Invalid.err(format!("unsupported modifier ({other}) in substitution")),
        }
    }

    /// Letters, digits and underscores; what begins with a digit are digits alone, and what the shell has by one sign is that.
    fn name(&mut self) -> String {
        let mut name = String::new();
        let is_number = self.rest.peek().is_some_and(char::is_ascii_digit);
        if let Some(sign) = self.rest.next_if(|c| "@*#?-$!".contains(*c)) {
            return sign.into();
        }
        let belongs =
            |c: &char| if is_number { c.is_ascii_digit() } else { c.is_alphanumeric() || *c == '_' };
        while let Some(c) = self.rest.next_if(belongs) {
            name.push(c);
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        match name {
            "PATH" => Some("/bin".into()),
            "A" => Some("1".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn instructions_are_lines() {
        let text = "ENV A=1\r\n\n  # a comment\nLABEL b=\\  \n# between\n\nc \\\n d\nUSER u\\";
        assert_eq!(instructions(text), ["ENV A=1", "LABEL b=c  d", "USER u"]);
        assert!(instructions(" \n#").is_empty());
    }

    #[test]
    fn words_keep_their_quotes() {
        assert_eq!(
            words(r#" a=b  c="two words" d=\ e 'f g'=h "#),
            ["a=b", r#"c="two words""#, r"d=\ e", "'f g'=h"]
        );
        assert_eq!(words(r#""a\" b" '\' c"#), [r#""a\" b""#, r"'\'", "c"]);
        assert!(words("  ").is_empty());
    }

    #[test]
    fn variables_quotes_and_backslashes() {
        for (word, wanted) in [
            ("/x:$PATH", "/x:/bin"),
            ("${PATH}x$PATHx", "/binx"),
            (r"\$PATH \a", "$PATH a"),
            ("'$PATH'", "$PATH"),
            (r#""$PATH \$A \" \\ \n""#, r#"/bin $A " \ \n"#),
            ("${NO:-a$A}${EMPTY:-b}${EMPTY-c}${NO-d}", "a1bd"),
            ("${A:+x}${NO:+y}${EMPTY:+z}${EMPTY+w}", "xw"),
            ("${A:?x}${NO:-\"}\"}", "1}"),
            ("$NO$", "$"),
            ("$1a $A1", "a "),
            ("100%$", "100%$"),
        ] {
            assert_eq!(expand(word, &env).unwrap(), wanted, "{word}");
        }
        let nested = |depth: usize| "${NO:-".repeat(depth) + "x" + &"}".repeat(depth);
        assert_eq!(expand(&(nested(MAX_DEPTH) + &nested(1)), &env).unwrap(), "xx");
        for (word, why) in [
            (nested(100_000).as_str(), "in one another"),
            ("'a", "single-quote"),
            ("\"a", "double-quote"),
            ("${", "missing '}'"),
            ("${A", "missing '}'"),
            ("${A:-x", "missing '}'"),
            ("${}", "bad substitution"),
            ("${NO:?there is none}", "NO: there is none"),
            ("${NO?}", "NO: is not allowed to be unset"),
            ("${A:=x}", "unsupported modifier (=)"),
        ] {
            let error = expand(word, &env).unwrap_err();
            assert!(crate::error::one_line(&error).contains(why), "{word}: {error:#}");
        }
    }
}
