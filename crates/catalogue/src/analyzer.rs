//! Our analysis of words, as tantivy asks for it while indexing.

use crate::analysis::Memory;
use crate::word::places;
use record::kind::Lang;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use tantivy::tokenizer::TextAnalyzer;
use tantivy::tokenizer::Token;
use tantivy::tokenizer::TokenStream;
use tantivy::tokenizer::Tokenizer;
use tantivy::tokenizer::TokenizerManager;

/// The terms of the words of one language; fill words leave a gap, and the parts of a compound stand where it
/// stands.
#[derive(Clone, Debug)]
pub(crate) struct Analyzer {
    lang: Lang,
    /// Shared by the threads that come and go with each commit.
    memory: Arc<Mutex<Memory>>,
    /// What one text gave, kept for its allocations.
    found: Found,
}

/// Terms one behind the other in one text, and where each word stands.
#[derive(Clone, Debug, Default)]
struct Found {
    terms: String,
    tokens: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    term: (usize, usize),
    word: (usize, usize),
    position: usize,
}

impl Analyzer {
    /// The name in the schema.
    pub(crate) fn name(lang: Lang) -> &'static str {
        match lang {
            Lang::De => "words-de",
            Lang::En => "words-en",
        }
    }

    /// All of them under their names.
    pub(crate) fn all() -> TokenizerManager {
        let manager = TokenizerManager::default();
        for lang in [Lang::De, Lang::En] {
            let analyzer = Analyzer { lang, memory: Arc::default(), found: Found::default() };
            manager.register(Analyzer::name(lang), TextAnalyzer::from(analyzer));
        }
        manager
    }
}

impl Tokenizer for Analyzer {
    type TokenStream<'a> = Tokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens<'a> {
        let Found { terms, tokens } = &mut self.found;
        terms.clear();
        tokens.clear();
        // A panic while analysing leaves the memory as it was: it is only added to.
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        for (position, word) in places(text).enumerate() {
            memory.with(text.get(word.0..word.1).unwrap_or_default(), self.lang, |found| {
                for term in found.iter() {
                    let from = terms.len();
                    terms.push_str(term);
                    tokens.push(Place { term: (from, terms.len()), word, position });
                }
            });
        }
        drop(memory);
        Tokens { found: &self.found, at: 0, now: Token::default() }
    }
}

/// The analysed words of one text, one after the other.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    found: &'a Found,
    at: usize,
    now: Token,
}

impl TokenStream for Tokens<'_> {
    fn advance(&mut self) -> bool {
        let Some(place) = self.found.tokens.get(self.at) else { return false };
        self.at += 1;
        self.now.text.clear();
        self.now.text.push_str(self.found.terms.get(place.term.0..place.term.1).unwrap_or_default());
        (self.now.offset_from, self.now.offset_to) = place.word;
        self.now.position = place.position;
        true
    }

    fn token(&self) -> &Token {
        &self.now
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.now
    }
}

#[cfg(test)]
mod tests {
    use crate::analyzer::Analyzer;
    use record::kind::Lang;

    fn seen(text: &str) -> Vec<(usize, String)> {
        let mut analyzer = Analyzer::all().get(Analyzer::name(Lang::De)).unwrap();
        let mut stream = analyzer.token_stream(text);
        let mut seen = Vec::new();
        stream.process(&mut |token| seen.push((token.position, token.text.clone())));
        seen
    }

    #[test]
    fn fill_words_leave_a_gap() {
        assert_eq!(seen("Haus der Bürger:innen"), [(0, "haus".to_owned()), (2, "burg".to_owned())]);
    }

    #[test]
    fn parts_stand_where_the_whole_stands() {
        let places: Vec<usize> =
            seen("das Baumkataster online").into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, [1, 1, 1, 2]);
    }
}
