//! Our analysis of words, as tantivy asks for it while indexing.

use crate::stem::stem;
use crate::word::words;
use record::kind::Lang;
use tantivy::tokenizer::TextAnalyzer;
use tantivy::tokenizer::Token;
use tantivy::tokenizer::TokenStream;
use tantivy::tokenizer::Tokenizer;
use tantivy::tokenizer::TokenizerManager;

/// What becomes of the words of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Analyzer {
    /// Stems of one language; fill words leave a gap.
    Stems(Lang),
    /// Folded words of any language, nothing left out.
    Folded,
}

impl Analyzer {
    /// The name in the schema.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Analyzer::Stems(Lang::De) => "stems-de",
            Analyzer::Stems(Lang::En) => "stems-en",
            Analyzer::Folded => "folded",
        }
    }

    /// All of them under their names.
    pub(crate) fn all() -> TokenizerManager {
        let manager = TokenizerManager::default();
        for analyzer in [Analyzer::Stems(Lang::De), Analyzer::Stems(Lang::En), Analyzer::Folded] {
            manager.register(analyzer.name(), TextAnalyzer::from(analyzer));
        }
        manager
    }
}

impl Tokenizer for Analyzer {
    type TokenStream<'a> = Tokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens {
        let mut tokens = Vec::new();
        for (position, word) in words(text).into_iter().enumerate() {
            let term = match self {
                Analyzer::Stems(lang) => stem(&word.folded, *lang),
                Analyzer::Folded => Some(word.folded),
            };
            if let Some(text) = term {
                let (offset_from, offset_to) = (word.from, word.to);
                tokens.push(Token { offset_from, offset_to, position, text, position_length: 1 });
            }
        }
        Tokens { rest: tokens.into_iter(), now: Token::default() }
    }
}

/// The analysed words of one text, one after the other.
#[derive(Debug)]
pub(crate) struct Tokens {
    rest: std::vec::IntoIter<Token>,
    now: Token,
}

impl TokenStream for Tokens {
    fn advance(&mut self) -> bool {
        match self.rest.next() {
            Some(token) => {
                self.now = token;
                true
            }
            None => false,
        }
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

    #[test]
    fn fill_words_leave_a_gap() {
        let mut analyzer = Analyzer::all().get(Analyzer::Stems(Lang::De).name()).unwrap();
        let mut stream = analyzer.token_stream("Haus der Bürger:innen");
        let mut seen = Vec::new();
        stream.process(&mut |token| seen.push((token.position, token.text.clone())));
        assert_eq!(seen, [(0, "haus".to_owned()), (2, "burg".to_owned())]);
    }
}
