//! The side that answers: it looks things up in a still picture of what it holds, and decides nothing.

use crate::admit::Refused;
use crate::admit::Verdict;
use crate::bounds::ANSWER_PARTS_MAX;
use crate::bounds::ANSWER_PLACES_MAX;
use crate::bounds::ASKS_MAX;
use crate::bounds::PUT_STATEMENTS_MAX;
use crate::keeper::KeepError;
use crate::keeper::Keeper;
use crate::order::Bucket;
use crate::order::Place;
use crate::sync::bundle::Bundle;
use crate::sync::message::Ask;
use crate::sync::message::Hello;
use crate::sync::message::Piece;
use crate::sync::message::Reply;
use crate::sync::message::Roots;
use crate::sync::message::SYNC_VERSION;
use crate::sync::message::Who;
use crate::sync::segments::Made;
use crate::sync::segments::Segments;
use crate::sync::segments::statement;
use crate::sync::trouble::AnswerError;
use crate::tree::ShortPlace;
use crate::tree::Stretch;
use crate::tree::Tree;
use crate::view::View;

/// What to do after a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Send this frame.
    Send(Vec<u8>),
    /// Let these statements in through the one door, in order, and send the frame that [`Answerer::took`] makes.
    Admit(Vec<Vec<u8>>),
}

/// What became of statements that a peer gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Took {
    /// They stand now.
    pub admitted: u64,
    /// They are known, or older than what stands.
    pub known: u64,
    /// They are held back or refused.
    pub refused: u64,
}

impl Took {
    /// Counts what became of statements.
    pub fn of<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Took {
        let mut took = Took::default();
        for verdict in verdicts {
            match verdict {
                Verdict::Admitted => took.admitted += 1,
                Verdict::Known | Verdict::Passed | Verdict::Refused(Refused::Superseded { .. }) => {
                    took.known += 1
                }
                Verdict::Held(_) | Verdict::Refused(_) => took.refused += 1,
            }
        }
        took
    }
}

/// What a greeting told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeted {
    /// Whether both hold the same.
    pub equal: bool,
    /// The store of the peer.
    pub instance: [u8; 8],
}

/// One talk, from the side that answers.
#[derive(Clone, Debug)]
pub struct Answerer {
    instance: [u8; 8],
    view: View,
    salt: Option<[u8; 16]>,
    asks: u64,
    puts: u64,
    greeted: Option<Greeted>,
    /// The segment that a newcomer asks for next.
    ahead: Option<(Bucket, Place)>,
}

/// Who this replica is in a greeting.
pub(crate) fn who(view: &View, instance: [u8; 8]) -> Who {
    Who {
        version: SYNC_VERSION,
        network: view.network().to_string(),
        document: view.document(),
        instance,
        kept: view.kept().cloned(),
    }
}

/// Count and fingerprint of every bucket.
pub(crate) fn roots(view: &View) -> Roots {
    view.buckets()
        .map(|bucket| {
            let summary = view.summary(bucket);
            (bucket, (summary.count(), summary.fingerprint()))
        })
        .collect()
}

impl Answerer {
    /// A talk that a peer begins.
    pub fn new(instance: [u8; 8], view: View) -> Answerer {
        Answerer { instance, view, salt: None, asks: 0, puts: 0, greeted: None, ahead: None }
    }

    /// What the last greeting told, once.
    pub fn greeted(&mut self) -> Option<Greeted> {
        self.greeted.take()
    }

    /// Whether the next answer may need a newer picture: true for a greeting.
    pub fn is_greeting(frame: &[u8]) -> bool {
        matches!(Ask::decode(frame), Ok(Ask::Hello(_)))
    }

    /// Takes the picture that the next greeting is answered from.
    pub fn look(&mut self, view: View) {
        self.view = view;
    }

    /// Answers one frame.
    pub fn answer<K: Keeper>(
        &mut self,
        frame: &[u8],
        keeper: &K,
        segments: &Segments,
    ) -> Result<Answer, AnswerError> {
        self.asks += 1;
        if self.asks > ASKS_MAX {
            return Err(AnswerError::Asks);
        }
        let ask = Ask::decode(frame)?;
        if self.salt.is_none() && !matches!(ask, Ask::Hello(_)) {
            return Err(AnswerError::Early);
        }
        let reply = match ask {
            Ask::Hello(hello) => self.greet(&hello),
            Ask::Split { bucket, parts, list, stretches } => {
                Reply::Split(self.split(bucket, parts, list, &stretches))
            }
            Ask::Get(bucket, places) => self.get(bucket, &places, keeper)?,
            Ask::Put(bundle) => {
                let statements = Bundle::unpack(&bundle)?;
                self.puts += statements.len() as u64;
                if self.puts > PUT_STATEMENTS_MAX {
                    return Err(AnswerError::Puts);
                }
                return Ok(Answer::Admit(statements));
            }
            Ask::Segment(bucket, from) => {
                let (bundle, next) = self.segment(bucket, from, keeper, segments)?;
                self.ahead = next.map(|next| (bucket, next));
                Reply::Segment(bundle.to_vec(), next)
            }
        };
        Ok(Answer::Send(reply.encode()))
    }

    /// Whether it is known what the peer asks for next.
    pub fn is_ahead(&self) -> bool {
        self.ahead.is_some()
    }

    /// Makes what the peer asks for next while the last answer travels.
    pub fn prepare<K: Keeper>(&mut self, keeper: &K, segments: &Segments) -> Result<(), KeepError> {
        match self.ahead.take() {
            Some((bucket, from)) => self.segment(bucket, Some(from), keeper, segments).map(|_| ()),
            None => Ok(()),
        }
    }

    fn segment<K: Keeper>(
        &self,
        bucket: Bucket,
        from: Option<Place>,
        keeper: &K,
        segments: &Segments,
    ) -> Result<Made, KeepError> {
        let tree = self.view.tree(bucket).cloned().unwrap_or_default();
        segments.take(&tree, bucket, from, keeper)
    }

    /// The frame that answers statements which were given.
    pub fn took(&self, took: Took) -> Vec<u8> {
        let Took { admitted, known, refused } = took;
        Reply::Took { admitted, known, refused }.encode()
    }

    fn greet(&mut self, hello: &Hello) -> Reply {
        let ours = who(&self.view, self.instance);
        if let Err(why) = ours.suits(&hello.who) {
            return Reply::No(why);
        }
        self.salt = Some(hello.salt);
        let covers = match (&hello.who.kept, self.view.kept()) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(theirs), Some(ours)) => theirs.is_subset(ours),
        };
        let equal = covers && self.view.root(hello.who.kept.as_ref()) == hello.root;
        self.greeted = Some(Greeted { equal, instance: hello.who.instance });
        Reply::Hello(ours, (!equal).then(|| roots(&self.view)))
    }

    /// Divides or lists the stretches, from the first, until the answer is full. Stretches that do not ascend end it.
    fn split(&self, bucket: Bucket, parts: u64, list: u64, stretches: &[Stretch]) -> Vec<Piece> {
        let tree = self.view.tree(bucket).cloned().unwrap_or_default();
        let (mut parts_left, mut places_left) = (ANSWER_PARTS_MAX, ANSWER_PLACES_MAX);
        let mut pieces = Vec::new();
        let mut end = Some(None);
        for stretch in stretches {
            let ascends = end.is_some_and(|end: Option<Place>| stretch.from >= end)
                && stretch.to.is_none_or(|to| stretch.from.is_none_or(|from| from < to));
            if !ascends || parts_left == 0 || places_left == 0 {
                break;
            }
            end = stretch.to.map(Some);
            let count = tree.within(stretch).count();
            if parts == 0 || count <= list.min(places_left as u64) {
                pieces.push(list_of(&tree, stretch, count, &mut places_left));
            } else {
                pieces.push(self.parts_of(&tree, stretch, parts.max(2)));
                parts_left = parts_left.saturating_sub(usize::try_from(parts).unwrap_or(usize::MAX));
            }
        }
        pieces
    }

    fn parts_of(&self, tree: &Tree, stretch: &Stretch, parts: u64) -> Piece {
        let salt = self.salt.unwrap_or_default();
        let part = |(part, summary): (Stretch, crate::fingerprint::Summary)| {
            (part.to, summary.count(), summary.salted(&salt))
        };
        Piece::Parts(tree.parts(stretch, parts).into_iter().map(part).collect())
    }

    fn get<K: Keeper>(&self, bucket: Bucket, places: &[ShortPlace], keeper: &K) -> Result<Reply, KeepError> {
        let tree = self.view.tree(bucket);
        let mut bundle = Bundle::default();
        let (mut served, mut erased) = (0, Vec::new());
        for short in places {
            if let Some(place) = tree.and_then(|tree| tree.find(short)) {
                match statement(keeper, bucket, place)? {
                    Some(statement) if !bundle.push(&statement) => break,
                    Some(_) => {}
                    None if keeper.at(&bucket, place)?.is_some() => erased.push(served),
                    None => {}
                }
            }
            served += 1;
        }
        Ok(Reply::Statements { served, erased, bundle: bundle.pack() })
    }
}

/// The places of a stretch as they are listed; cut where the answer has no room for all.
fn list_of(tree: &Tree, stretch: &Stretch, count: u64, places_left: &mut usize) -> Piece {
    let places = tree.places(stretch, *places_left);
    *places_left -= places.len();
    let cut = (places.len() as u64) < count;
    let end = places.last().filter(|_| cut).and_then(|last| behind(tree, *last));
    Piece::List(places.iter().map(ShortPlace::of).collect(), end)
}

/// The first place behind this one.
fn behind(tree: &Tree, place: Place) -> Option<Place> {
    tree.places(&Stretch::since(place), 2).get(1).copied()
}
