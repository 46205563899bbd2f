//! A peer that speaks the language and means no good.

use crate::dice::Dice;
use crate::mint::KeyName;
use crate::mint::Mint;
use crate::mint::Saying;
use crate::mint::beginning;
use crate::mint::body;
use record::document::Document;
use record::envelope::Statement;
use record::moment::Moment;
use record::name::Name;
use record::statement::RecordId;
use record::statement::StatementId;
use replica::admit::Replica;
use replica::fingerprint::Fingerprint;
use replica::memory::MemoryKeeper;
use replica::order::Bucket;
use replica::order::Place;
use replica::sync::answerer::Answer;
use replica::sync::answerer::Answerer;
use replica::sync::bundle::Bundle;
use replica::sync::message::Ask;
use replica::sync::message::Hello;
use replica::sync::message::Piece;
use replica::sync::message::Reply;
use replica::sync::message::Roots;
use replica::sync::message::SYNC_VERSION;
use replica::sync::message::Who;
use replica::sync::segments::Segments;
use replica::tree::ShortPlace;
use replica::tree::Stretch;

/// How a liar lies in talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Its fingerprints are drawn, so that nothing ever matches.
    Spoiled,
    /// It lists what it does not give.
    Withholding,
    /// It claims all heads of the world, and divides without end.
    Boasting,
    /// Its segments never end.
    Segmenting,
    /// What it gives is no statement, or no bundle.
    Rubbish,
    /// It says nothing.
    Silent,
    /// It says everything twice.
    Chatty,
    /// It talks honestly, and claims to have taken what it threw away.
    Forgetful,
}

pub(crate) const STYLES: [Style; 8] = [
    Style::Spoiled,
    Style::Withholding,
    Style::Boasting,
    Style::Segmenting,
    Style::Rubbish,
    Style::Silent,
    Style::Chatty,
    Style::Forgetful,
];

/// Turns of a talk that a liar begins.
const TURNS_MAX: u64 = 60;

#[derive(Debug)]
pub(crate) struct Liar {
    pub(crate) name: Name,
    pub(crate) style: Style,
    pub(crate) replica: Replica<MemoryKeeper>,
    segments: Segments,
    document: Document,
    instance: [u8; 8],
    /// Statements of a publisher that nobody vouches for.
    rubbish: Vec<Statement>,
}

impl Liar {
    pub(crate) fn new(name: &str, document: &Document, dice: &mut Dice) -> Liar {
        Liar {
            name: name.parse().unwrap(),
            style: dice.pick(&STYLES),
            replica: Replica::open(document.clone(), MemoryKeeper::default()).unwrap(),
            segments: Segments::default(),
            document: document.clone(),
            instance: dice.bytes(),
            rubbish: Vec::new(),
        }
    }

    pub(crate) fn hear(&mut self, statement: Statement, now: Moment) {
        self.replica.admit(statement, now.plus(3_600)).unwrap();
    }

    pub(crate) fn answerer(&self) -> Answerer {
        Answerer::new(self.instance, self.replica.view())
    }

    /// Statements of a publisher that nobody vouches for, well signed.
    pub(crate) fn rubbish(&mut self, mint: &mut Mint) -> &[Statement] {
        if self.rubbish.is_empty() {
            for number in 0..8_u8 {
                self.rubbish.push(mint.seal(Saying {
                    key: KeyName { name: "th.nirgendwo".parse().unwrap(), epoch: 1, other: false },
                    record: RecordId::derived(&[self.name.as_str().as_bytes(), &[number]]),
                    kind: "measure",
                    version: u64::MAX,
                    issued: beginning().plus(u64::from(number)),
                    said: body("Goldesel"),
                }));
            }
        }
        &self.rubbish
    }

    fn bundle(&mut self, mint: &mut Mint) -> Vec<u8> {
        let mut bundle = Bundle::default();
        for statement in self.rubbish(mint) {
            bundle.push(statement.bytes());
        }
        bundle.pack()
    }

    /// What it answers to a frame.
    pub(crate) fn reply(
        &mut self,
        answerer: &mut Answerer,
        frame: &[u8],
        mint: &mut Mint,
        dice: &mut Dice,
    ) -> Vec<Vec<u8>> {
        if self.style == Style::Silent {
            return Vec::new();
        }
        if self.style == Style::Segmenting
            && let Ok(Ask::Segment(_, from)) = Ask::decode(frame)
        {
            return vec![self.endless_segment(from, mint).encode()];
        }
        if Answerer::is_greeting(frame) {
            answerer.look(self.replica.view());
        }
        let Ok(answer) = answerer.answer(frame, self.replica.keeper(), &self.segments) else {
            return Vec::new();
        };
        let honest = match answer {
            Answer::Send(frame) => Reply::decode(&frame).unwrap(),
            Answer::Admit(statements) => {
                let count = statements.len() as u64;
                match self.style {
                    Style::Forgetful => Reply::Took { admitted: count, known: 0, refused: 0 },
                    _ => Reply::Took { admitted: u64::MAX, known: u64::MAX, refused: u64::MAX },
                }
            }
        };
        let reply = self.bend(honest, Ask::decode(frame).ok(), mint, dice).encode();
        match self.style {
            Style::Chatty => vec![reply.clone(), reply],
            _ => vec![reply],
        }
    }

    fn bend(&mut self, honest: Reply, ask: Option<Ask>, mint: &mut Mint, dice: &mut Dice) -> Reply {
        match (self.style, honest) {
            (Style::Chatty | Style::Forgetful, honest) => honest,
            (style, Reply::Hello(who, roots)) => Reply::Hello(who, Some(bent_roots(style, roots, dice))),
            (Style::Spoiled, Reply::Split(pieces)) => Reply::Split(
                pieces
                    .into_iter()
                    .map(|piece| match piece {
                        Piece::Parts(parts) => Piece::Parts(
                            parts.into_iter().map(|(end, count, _)| (end, count, dice.bytes())).collect(),
                        ),
                        list => list,
                    })
                    .collect(),
            ),
            (Style::Withholding, Reply::Split(pieces)) => {
                Reply::Split(pieces.into_iter().map(|piece| beside(piece, dice)).collect())
            }
            (Style::Withholding, Reply::Statements { served, .. }) => {
                Reply::Statements { served, erased: Vec::new(), bundle: Bundle::default().pack() }
            }
            (Style::Boasting, Reply::Split(pieces)) => match ask {
                Some(Ask::Split { parts, stretches, .. }) if parts > 0 => {
                    Reply::Split(stretches.iter().map(|stretch| halves(stretch, dice)).collect())
                }
                _ => Reply::Split(pieces),
            },
            (Style::Rubbish, Reply::Statements { served, .. }) => Reply::Statements {
                served,
                erased: vec![u64::MAX],
                bundle: if dice.percent(50.0) { self.bundle(mint) } else { dice.bytes::<64>().to_vec() },
            },
            (_, other) => other,
        }
    }

    fn endless_segment(&mut self, from: Option<Place>, mint: &mut Mint) -> Reply {
        let issued = from.map_or(beginning(), |place| place.issued.plus(1));
        Reply::Segment(self.bundle(mint), Some(Place { issued, id: StatementId::from_bytes([0; 32]) }))
    }

    fn hello(&self, dice: &mut Dice) -> Ask {
        let view = self.replica.view();
        Ask::Hello(Hello {
            who: Who {
                version: SYNC_VERSION,
                network: self.document.network.to_string(),
                document: view.document(),
                instance: self.instance,
                kept: None,
            },
            root: dice.bytes(),
            salt: dice.bytes(),
        })
    }

    /// What it says next in a talk that it began; `None` when it has had enough.
    pub(crate) fn ask(&mut self, turn: u64, mint: &mut Mint, dice: &mut Dice) -> Option<Vec<Vec<u8>>> {
        if turn == 1 {
            return Some(vec![self.hello(dice).encode()]);
        }
        if turn > TURNS_MAX {
            return None;
        }
        let bucket = dice.pick(&["*", "th", "sh", "bund"]);
        let bucket = Bucket::parse(bucket).unwrap();
        let place = ShortPlace { issued: beginning(), id: dice.bytes() };
        let mut frames = Vec::new();
        for _ in 0..dice.between(1, 3) {
            frames.push(match dice.below(9) {
                0 => self.hello(dice).encode(),
                1 => {
                    Ask::Split { bucket, parts: 64, list: u64::MAX, stretches: vec![Stretch::WHOLE] }.encode()
                }
                2 => Ask::Split { bucket, parts: 64, list: 0, stretches: slices(200) }.encode(),
                3 => Ask::Split { bucket, parts: 0, list: 0, stretches: vec![Stretch::WHOLE; 300] }.encode(),
                4 => Ask::Get(bucket, vec![place; 500]).encode(),
                5 => Ask::Segment(bucket, None).encode(),
                6 => Ask::Put(self.bundle(mint)).encode(),
                7 if dice.percent(90.0) => Ask::Segment(bucket, Some(place.lowest())).encode(),
                8 if dice.percent(90.0) => Ask::Get(bucket, Vec::new()).encode(),
                _ => dice.bytes::<100>().to_vec(),
            });
        }
        Some(frames)
    }
}

fn bent_roots(style: Style, roots: Option<Roots>, dice: &mut Dice) -> Roots {
    let mut roots = roots.unwrap_or_default();
    for label in ["*", "th", "sh"] {
        roots
            .entry(Bucket::parse(label).unwrap())
            .or_insert((dice.below(1_000), Fingerprint::from_bytes(dice.bytes())));
    }
    for (count, fingerprint) in roots.values_mut() {
        if matches!(style, Style::Boasting | Style::Segmenting) {
            *count = u64::MAX;
        }
        *fingerprint = Fingerprint::from_bytes(dice.bytes());
    }
    roots
}

/// A list with one place more beside each that is there.
fn beside(piece: Piece, dice: &mut Dice) -> Piece {
    match piece {
        Piece::List(places, end) => {
            let mut more: Vec<ShortPlace> =
                places.iter().map(|place| ShortPlace { issued: place.issued, id: dice.bytes() }).collect();
            more.extend(places);
            more.sort();
            Piece::List(more, end)
        }
        Piece::Parts(parts) => Piece::Parts(parts),
    }
}

/// Two parts, cut somewhere inside, each with all heads of the world.
fn halves(stretch: &Stretch, dice: &mut Dice) -> Piece {
    let from = stretch.from.map_or(0, |place| place.issued.seconds());
    let to = stretch.to.map_or(2 * beginning().seconds(), |place| place.issued.seconds());
    let middle = Moment::from_seconds(from + (to.saturating_sub(from)) / 2).unwrap();
    let end = Place { issued: middle, id: StatementId::from_bytes(dice.bytes()) };
    Piece::Parts(vec![(Some(end), u64::MAX / 2, dice.bytes()), (None, u64::MAX / 2, dice.bytes())])
}

/// Many small stretches one after the other.
fn slices(count: u64) -> Vec<Stretch> {
    let place = |number: u64| {
        Some(Place { issued: beginning().plus(number * 10), id: StatementId::from_bytes([0; 32]) })
    };
    (0..count).map(|number| Stretch { from: place(number), to: place(number + 1) }).collect()
}
