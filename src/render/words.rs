//! Words in English and Chinese: `derivations/terms.toml` → what a key is called in a language.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::spec::Text;
use crate::spec::document::{self, Entry, File, Value};

/// Language of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

const TERMS: &str = include_str!("../../derivations/terms.toml");

type Table = BTreeMap<String, BTreeMap<String, Text>>;

/// What the key of the section is called; `None` where the table has none.
pub fn find(section: &str, key: &str, lang: Lang) -> Option<&'static str> {
    static TABLE: OnceLock<Table> = OnceLock::new();
    let table = TABLE.get_or_init(|| read().unwrap_or_else(|message| panic!("{message}")));
    let text = table.get(section)?.get(key)?;
    let words = match lang {
        Lang::En => &text.en,
        Lang::Zh => &text.zh,
    };
    (!words.is_empty()).then_some(words)
}

/// A word of the table.
pub fn word(key: &str, lang: Lang) -> &'static str {
    find("words", key, lang).unwrap_or_default()
}

fn read() -> Result<Table, crate::message::Message> {
    let file = File { name: "derivations/terms.toml", text: TERMS };
    let root = document::root(&file)?;
    let mut table = Table::new();
    for section in file.table(&root, "the table of words")? {
        let mut words = BTreeMap::new();
        for entry in file.table(&section.node, "a section of words")? {
            words.insert(entry.key.to_string(), text(&file, entry)?);
        }
        table.insert(section.key.to_string(), words);
    }
    Ok(table)
}

/// `{ en = …, zh = … }`, or the Chinese alone.
fn text(file: &File, entry: &Entry) -> Result<Text, crate::message::Message> {
    if let Value::Text(zh) = &entry.node.value {
        return Ok(Text { en: String::new(), zh: zh.to_string() });
    }
    let entries = file.table(&entry.node, "a word")?;
    let of = |key| document::find(entries, key).map_or(Ok(String::new()), |node| file.words(node, "a word"));
    Ok(Text { en: of("en")?, zh: of("zh")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff;
    use crate::rule::RuleBook;

    #[test]
    fn every_rule_and_every_row_has_a_chinese_reason() {
        let rows = diff::TABLE.iter().map(|row| ("derivatives", row.name)).chain([("derivatives", diff::CHAIN.0)]);
        let rules = RuleBook::builtin().rules.iter().map(|rule| ("rules", &*rule.name));
        for (section, name) in rows.chain(rules) {
            assert!(find(section, name, Lang::Zh).is_some(), "derivations/terms.toml: [{section}] lacks {name}");
        }
    }

    #[test]
    fn no_reason_is_left_over() {
        let table = read().expect("the table of words");
        let known = |name: &str| {
            let rules = &RuleBook::builtin().rules;
            rules.iter().any(|rule| &*rule.name == name) || diff::TABLE.iter().any(|row| row.name == name)
        };
        for name in table["rules"].keys().chain(table["derivatives"].keys()) {
            assert!(known(name) || name == diff::CHAIN.0, "derivations/terms.toml: nothing is called {name}");
        }
    }

    #[test]
    fn words_are_in_both_languages() {
        for (section, words) in read().expect("the table of words") {
            for (key, text) in words.iter().filter(|_| !["rules", "derivatives", "sources"].contains(&&*section)) {
                assert!(!text.en.is_empty() && !text.zh.is_empty(), "[{section}] {key}");
            }
        }
    }

    #[test]
    fn every_source_of_a_built_in_loss_has_chinese_words_and_none_is_left_over() {
        let mut said = std::collections::BTreeSet::new();
        for name in crate::spec::Spec::builtin_names() {
            let spec = crate::spec::Spec::builtin(name).expect("it comes with the tool");
            said.insert(spec.source.clone());
            said.extend(spec.claims.iter().map(|claim| claim.source.clone()));
        }
        let known: std::collections::BTreeSet<String> =
            read().expect("the table of words")["sources"].keys().cloned().collect();
        assert_eq!(known, said);
    }

    #[test]
    fn formulas_in_the_words_of_rows_are_read() {
        for (row, text) in &read().expect("the table of words")["rows"] {
            for formula in [&text.en, &text.zh] {
                let inside = formula.split(['{', '}']).nth(1).expect("a formula in braces");
                let origin = crate::notation::Origin::alone("derivations/terms.toml", inside);
                assert!(crate::notation::conditions(inside, &origin).is_ok(), "[rows] {row}: {inside}");
                assert!(diff::TABLE.iter().any(|known| known.name == row), "nothing is called {row}");
            }
        }
    }
}
