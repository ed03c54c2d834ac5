use crate::json::{count, object, Json};
use std::collections::BTreeMap;

const MOST_FREQUENT: usize = 5;
const SHORT_WORD: usize = 3;

pub fn analyze(text: &str) -> Json {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let sentences = text.split(|c| ".!?".contains(c)).filter(|part| !part.trim().is_empty()).count();
    let mut counts = BTreeMap::<&str, usize>::new();
    for word in words.iter().filter(|word| word.chars().count() > SHORT_WORD) {
        *counts.entry(word).or_insert(0) += 1;
    }
    let mut ranked: Vec<_> = counts.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let frequent = ranked.into_iter().take(MOST_FREQUENT).map(|(word, times)| {
        object([("word", Json::Text(word.to_string())), ("count", count(times))])
    });
    object([
        ("words", count(words.len())),
        ("sentences", count(sentences)),
        ("frequent", Json::List(frequent.collect())),
    ])
}

/// Mail addresses and long numbers become blocks of the same length.
pub fn redact(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(redact_word).collect()
}

fn redact_word(word: &str) -> String {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let is_mail = word.find('@').map_or(false, |at| at > 0 && word[at..].contains('.'));
    if !is_mail && digits < 5 {
        return word.to_string();
    }
    word.chars().map(|c| if c.is_whitespace() { c } else { '\u{2588}' }).collect()
}
