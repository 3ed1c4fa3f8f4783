//! Emitted text → does it parse, and a digest of its tokens. The one file that names `syn` and `proc_macro2`.
//!
//! Comments, docs, white space, and a comma before a closing bracket (rustfmt adds and drops it) do not count.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Does the text parse as a Rust file? Says what is wrong where not.
pub fn parses(text: &str) -> Result<(), String> {
    syn::parse_file(text).map(|_| ()).map_err(|error| error.to_string())
}

/// The first 16 hex digits of the SHA-256 of the tokens; `None` where the text has no tokens of Rust.
pub fn digest(text: &str) -> Option<String> {
    let stream: TokenStream = text.parse().ok()?;
    let mut words = String::new();
    write(stream, &mut words);
    Some(crate::digest::of(&words))
}

fn write(stream: TokenStream, words: &mut String) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Punct(sign) if sign.as_char() == '#' && trees.peek().is_some_and(is_doc) => {
                trees.next();
            }
            TokenTree::Punct(sign) if sign.as_char() == ',' && trees.peek().is_none() => {}
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("( ", ") "),
                    Delimiter::Brace => ("{ ", "} "),
                    Delimiter::Bracket => ("[ ", "] "),
                    Delimiter::None => ("", ""),
                };
                words.push_str(open);
                write(group.stream(), words);
                words.push_str(close);
            }
            other => {
                words.push_str(&other.to_string());
                words.push(' ');
            }
        }
    }
}

/// Is it the `[doc = "…"]` that a doc comment is read as?
fn is_doc(tree: &TokenTree) -> bool {
    let TokenTree::Group(group) = tree else { return false };
    let first = group.stream().into_iter().next();
    group.delimiter() == Delimiter::Bracket && matches!(first, Some(TokenTree::Ident(name)) if name == "doc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_and_comments_do_not_count() {
        let plain = digest("/// one\nfn f(a: f64, b: f64) -> f64 {\n    a * -b // product\n}\n");
        assert!(plain.is_some());
        assert_eq!(plain, digest("fn f(\r\n a : f64,\r\n b : f64,\r\n) -> f64 { /* so */ a*-b }"));
        assert_ne!(plain, digest("fn f(a: f64, b: f64) -> f64 { a * b }"));
        assert_ne!(digest("const A: f64 = 1.0;"), digest("const A: f64 = 1.00;"));
        assert_eq!(digest("fn f( {"), None);
    }

    #[test]
    fn what_is_no_file_does_not_parse() {
        assert!(parses("fn f() {}").is_ok());
        assert!(parses("fn f() { let 1 = }").is_err());
    }
}
