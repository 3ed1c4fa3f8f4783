//! Headings in English and Chinese.

/// Language of titles and headings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// A word of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Inputs,
    Parameters,
    Statement,
    Derivatives,
    Claims,
    StableForms,
    Proved,
    Unsettled,
    NoForms,
    Formula,
    Reason,
    RuleBook,
    Case,
}

impl Word {
    /// It in a language.
    pub fn of(self, lang: Lang) -> &'static str {
        let (en, zh) = match self {
            Word::Inputs => ("inputs", "输入"),
            Word::Parameters => ("parameters", "参数"),
            Word::Statement => ("Definition", "定义"),
            Word::Derivatives => ("Derivatives", "求导"),
            Word::Claims => ("Claims", "文献中的公式"),
            Word::StableForms => ("Stable forms and bounds", "数值稳定形式与误差界"),
            Word::Proved => ("proved", "已证明"),
            Word::Unsettled => ("unsettled", "未判定"),
            Word::NoForms => ("none found", "未找到"),
            Word::Formula => ("formula", "公式"),
            Word::Reason => ("reason", "理由"),
            Word::Case => ("case", "情形"),
            Word::RuleBook => ("rule book", "规则集"),
        };
        match lang {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }
}
