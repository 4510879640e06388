//! Paths as docker takes them apart: a dot or a slash at the end means something. (Go's path/filepath, and docker's pkg/archive/copy.go.)
//!
//! Pure text: nothing here looks at a file. Paths are bytes.

/// The shortest equal path (Go's `filepath.Clean`): no double slashes, no `.`, no `..` that can be resolved.
pub fn clean(path: &[u8]) -> Vec<u8> {
    let absolute = path.first() == Some(&b'/');
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|&b| b == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => drop(parts.pop()),
            b".." if absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    match (absolute, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

/// The last component, `.` of an empty path and `/` of the root (Go's `filepath.Base`): slashes at the end don't count.
pub fn base(path: &[u8]) -> &[u8] {
    let Some(end) = path.iter().rposition(|&b| b != b'/') else {
        return if path.is_empty() { b"." } else { b"/" };
    };
    let start = path[..=end].iter().rposition(|&b| b == b'/').map_or(0, |slash| slash + 1);
    &path[start..=end]
}

/// Whether it says of itself that it is a directory's content: it ends in `.`.
pub fn is_current(path: &[u8]) -> bool {
    base(path) == b"." && !path.ends_with(b"/")
}

/// Whether it ends in a slash.
pub fn ends_in_slash(path: &[u8]) -> bool {
    path.ends_with(b"/")
}

/// Whether it says of itself that it is a directory.
pub fn asserts_directory(path: &[u8]) -> bool {
    ends_in_slash(path) || is_current(path)
}

/// `parent` and `rest` in one, cleaned.
pub fn join(parent: &[u8], rest: &[u8]) -> Vec<u8> {
    clean(&[parent, b"/", rest].concat())
}

/// The cleaned path of something in a container, from its root, with the dot or slash that the given one ends in.
pub fn absolute(path: &[u8]) -> Vec<u8> {
    let mut absolute = join(b"/", path);
    if is_current(path) && !is_current(&absolute) {
        if !ends_in_slash(&absolute) {
            absolute.push(b'/');
        }
        absolute.push(b'.');
    } else if ends_in_slash(path) && !ends_in_slash(&absolute) {
        absolute.push(b'/');
    }
    absolute
}

/// What stands before the last slash, with it, and what after (Go's `filepath.Split`).
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    path.split_at(path.iter().rposition(|&b| b == b'/').map_or(0, |slash| slash + 1))
}

/// Directory and entry in it (docker's `SplitPathDirEntry`): of `a/b/` it is `a` and `b`, of `a/b/.` it is `a/b` and `.`.
pub fn split_entry(path: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let cleaned = clean(path);
    if is_current(path) {
        return (cleaned, b".".to_vec());
    }
    let (dir, entry) = split(&cleaned);
    let entry = if entry.is_empty() { base(&cleaned).to_vec() } else { entry.to_vec() };
    (clean(dir), entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn paths_are_taken_apart_as_go_does() {
        for (path, cleaned, last) in [
            ("", ".", "."),
            ("/", "/", "/"),
            ("//a//b/", "/a/b", "b"),
            ("a/./b/../c", "a/c", "c"),
            ("../a/..", "..", ".."),
            ("/../a", "/a", "a"),
            ("/a/.", "/a", "."),
        ] {
            assert_eq!(text(&clean(path.as_bytes())), cleaned, "{path}");
            assert_eq!(text(base(path.as_bytes())), last, "{path}");
        }
    }

    #[test]
    fn ends_mean_something() {
        for (path, dir, entry) in [
            ("a", ".", "a"),
            ("a/", ".", "a"),
            ("a/.", "a", "."),
            ("/a/b", "/a", "b"),
            ("/", "/", "/"),
            ("/.", "/", "."),
            (".", ".", "."),
            ("..", ".", ".."),
        ] {
            let (d, e) = split_entry(path.as_bytes());
            assert_eq!((text(&d), text(&e)), (dir, entry), "{path}");
        }
        for (path, wanted) in
            [("", "/."), ("a/", "/a/"), ("a/.", "/a/."), ("/", "/"), ("../x", "/x"), (".", "/.")]
        {
            assert_eq!(text(&absolute(path.as_bytes())), wanted, "{path}");
        }
        assert!(asserts_directory(b"a/") && asserts_directory(b"a/.") && !asserts_directory(b"a"));
    }
}
