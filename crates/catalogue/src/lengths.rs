//! How long the texts of a record are, in a few classes: the same word counts more in a short text.

use crate::fields::BODY;
use crate::fields::Pair;
use crate::fields::TITLE;
use record::kind::Lang;
use tantivy::DocId;
use tantivy::SegmentReader;
use tantivy::fieldnorm::FieldNormReader;

/// Combinations of a length of the title and a length of the other texts.
pub(crate) const CLASSES: usize = TITLES.len() * BODIES.len();

/// The shortest title of each class, in words and parts.
const TITLES: [u32; 4] = [1, 3, 5, 8];
/// The same of the other texts.
const BODIES: [u32; 4] = [1, 60, 120, 240];

/// The class of a record: its text is no shorter, in no language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lengths(u8);

impl Lengths {
    /// Of texts of any length.
    pub(crate) const SHORTEST: Lengths = Lengths(0);

    /// Every class, in the order of [`Lengths::place`].
    pub(crate) fn all() -> [Lengths; CLASSES] {
        std::array::from_fn(|place| Lengths(place as u8))
    }

    /// By the words of the title and of the other texts.
    fn of(title: u32, body: u32) -> Lengths {
        let class =
            |words: u32, classes: &[u32]| classes.iter().skip(1).filter(|from| words >= **from).count();
        Lengths((class(title, &TITLES) * BODIES.len() + class(body, &BODIES)) as u8)
    }

    /// Its place among all classes.
    pub(crate) fn place(self) -> usize {
        usize::from(self.0)
    }

    /// Words that the title has at least.
    pub(crate) fn title(self) -> u32 {
        TITLES.get(self.place() / BODIES.len()).copied().unwrap_or(1)
    }

    /// Words that the other texts have at least.
    pub(crate) fn body(self) -> u32 {
        BODIES.get(self.place() % BODIES.len()).copied().unwrap_or(1)
    }

    /// The classes of all records of a segment.
    pub(crate) fn read(segment: &SegmentReader) -> tantivy::Result<Box<[Lengths]>> {
        let readers = |name: &str| -> tantivy::Result<[FieldNormReader; 2]> {
            let pair = Pair::find(segment.schema(), name)?;
            let of = |lang| segment.get_fieldnorms_reader(pair.of(lang));
            Ok([of(Lang::De)?, of(Lang::En)?])
        };
        let (title, body) = (readers(TITLE)?, readers(BODY)?);
        let shortest = |readers: &[FieldNormReader; 2], doc: DocId| {
            readers.iter().map(|reader| reader.fieldnorm(doc)).filter(|words| *words > 0).min().unwrap_or(0)
        };
        Ok((0..segment.max_doc())
            .map(|doc| Lengths::of(shortest(&title, doc), shortest(&body, doc)))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::lengths::CLASSES;
    use crate::lengths::Lengths;

    #[test]
    fn no_text_is_shorter_than_its_class() {
        assert_eq!(Lengths::of(0, 0), Lengths::default());
        for (title, body) in [(1, 1), (2, 59), (3, 60), (7, 400), (8, 239), (u32::MAX, u32::MAX)] {
            let own = Lengths::of(title, body);
            assert!(own.title() <= title && own.body() <= body);
            let longer = |other: &&Lengths| {
                (other.title() > own.title() && other.title() <= title)
                    || (other.body() > own.body() && other.body() <= body)
            };
            assert_eq!(Lengths::all().iter().find(longer), None);
        }
        assert_eq!(Lengths::all().map(Lengths::place), std::array::from_fn::<_, CLASSES, _>(|place| place));
    }
}
