//! `EmitOptions` → the canonical command: what differs from the defaults, in a fixed order, never `-o`.

use super::{EmitOptions, Labels, Targets};
use crate::kernel::{Format, Mode};
use crate::message::shell;
use crate::setting::{Choice, own_option};

impl EmitOptions {
    /// The command that makes the text, ready for a shell.
    pub fn command(&self, loss: &str) -> String {
        let words: Vec<String> = self.arguments(loss).iter().map(|word| shell(word)).collect();
        format!("focal-derive {}", words.join(" "))
    }

    /// The words of the command behind the program's name.
    pub fn arguments(&self, loss: &str) -> Vec<String> {
        let mut words = vec!["emit".to_string(), loss.to_string()];
        let mut choices: Vec<&(String, Choice)> = self.choices.iter().collect();
        choices.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, choice) in choices {
            if *choice == Choice::None {
                continue; // what is left out is none
            }
            let value = choice.to_string();
            match (own_option(name), value.starts_with('-')) {
                (Some(option), false) => words.extend([option, value]),
                (Some(option), true) => words.push(format!("{option}={value}")),
                (None, _) => words.extend(["--set".to_string(), format!("{name}={value}")]),
            }
        }
        let mut option = |name: &str, value: &str| words.extend([name.to_string(), value.to_string()]);
        if self.format == Format::F64 {
            option("--precision", "f64");
        }
        if self.mode == Mode::Fast {
            option("--mode", "fast");
        }
        if self.order != 1 {
            option("--order", &self.order.to_string());
        }
        match self.labels {
            Labels::Float => {}
            Labels::U8 => option("--labels", "u8"),
            Labels::Bool => option("--labels", "bool"),
            Labels::PlusMinus => option("--labels", "plus-minus"),
        }
        if self.targets == Targets::I64 {
            option("--targets", "i64");
        }
        if let Some(ignored) = self.ignore {
            words.push(format!("--ignore-index={ignored}"));
        }
        if self.alpha_normalise {
            words.push("--alpha-normalise".to_string());
        }
        if self.weighted {
            words.push("--weight".to_string());
        }
        if self.classes {
            words.push("--classes".to_string());
        }
        if self.dispatch {
            words.push("--dispatch".to_string());
        }
        if self.fma {
            words.push("--fma".to_string());
        }
        words
    }
}

/// The words of a command that [`shell`] made: single quotes and backslashes are undone.
pub fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => word.get_or_insert_default().extend(letters.by_ref().take_while(|c| *c != '\'')),
            '\\' => word.get_or_insert_default().extend(letters.next()),
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rational::Rational;

    #[test]
    fn a_command_names_what_differs() {
        let value = |text: &str| Choice::Value(Rational::from_decimal(text).unwrap());
        let gamma = ("gamma".to_string(), value("2"));
        let mut options = EmitOptions { choices: vec![gamma], ..EmitOptions::default() };
        assert_eq!(options.command("focal_binary"), "focal-derive emit focal_binary --gamma 2");
        options.choices.push(("alpha".to_string(), Choice::None));
        options.choices.push(("beta".to_string(), Choice::Value(-&Rational::from_decimal("1.7").unwrap())));
        options.choices.push(("k".to_string(), Choice::Argument));
        (options.format, options.order, options.weighted, options.labels) = (Format::F64, 0, true, Labels::PlusMinus);
        (options.classes, options.dispatch, options.fma) = (true, true, true);
        assert_eq!(
            options.command("./my loss.toml"),
            "focal-derive emit './my loss.toml' --beta=-1.7 --gamma 2 --set k=param --precision f64 --order 0 \
             --labels plus-minus --weight --classes --dispatch --fma"
        );
    }

    #[test]
    fn quoting_is_undone() {
        for word in ["plain", "", "a b", "it's", "'", "\\", "./x y'z\"$HOME.toml"] {
            assert_eq!(words(&format!("a {} b", shell(word))), ["a", word, "b"]);
        }
    }
}
