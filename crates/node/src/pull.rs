//! Fetching what a peer has and this node lacks, over one talk, and answering the peers that do the same.

use crate::counters::Counters;
use crate::keeper::Keeper;
use anyhow::Context as _;
use anyhow::bail;
use network::talk::Talk;
use record::envelope::Statement;
use record::name::NetworkName;
use replica::admit::Verdict;
use replica::bounds::TALK_WANTED_MAX;
use replica::order::Bucket;
use replica::order::Place;
use replica::talk::Ask;
use replica::talk::Greeting;
use replica::talk::Reply;
use std::sync::Arc;

/// Questions that a peer may put in one talk.
const QUESTIONS_MAX: usize = 100_000;
/// Places that a peer may list in a bucket beyond those it greeted with: new ones come in meanwhile.
const PLACES_BEYOND_MAX: u64 = 100_000;
/// Answers in a row that bring nothing of what was asked for.
const FRUITLESS_MAX: u32 = 8;

/// What a pull brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pulled {
    /// Statements that the peer had and this node lacked.
    pub(crate) lacked: u64,
    /// Those of them that stand now.
    pub(crate) taken: u64,
    /// Whether both held equal heads at the end.
    pub(crate) agreed: bool,
}

/// What both directions need.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) keeper: Keeper,
    pub(crate) network: NetworkName,
    pub(crate) counters: Arc<Counters>,
}

impl Table {
    /// Greets, compares, and fetches bucket by bucket, attestations first. `pulled` holds what came also where
    /// the talk ends early.
    pub(crate) async fn pull(&self, mut talk: Talk, pulled: &mut Pulled) -> anyhow::Result<()> {
        let theirs = self.greet(&mut talk).await?;
        let buckets = self.keeper.greeting().await?.differing(&theirs);
        for bucket in buckets {
            let greeted = theirs.buckets.get(&bucket).map_or(0, |(count, _)| *count);
            self.pull_bucket(&mut talk, &bucket, Patience::new(greeted), pulled).await?;
        }
        pulled.agreed = self.keeper.greeting().await?.buckets == theirs.buckets;
        Ok(talk.close().await?)
    }

    async fn greet(&self, talk: &mut Talk) -> anyhow::Result<Greeting> {
        let ours = self.keeper.greeting().await?;
        match put(talk, &Ask::Greet(ours.clone())).await? {
            Reply::Greet(theirs) => match ours.suits(&theirs) {
                Ok(()) => Ok(theirs),
                Err(why) => bail!("the peer does not suit this node: {why}"),
            },
            Reply::No(why) => bail!("the peer refuses to talk: {why}"),
            _ => bail!("the peer answers what was not asked"),
        }
    }

    async fn pull_bucket(
        &self,
        talk: &mut Talk,
        bucket: &Bucket,
        mut patience: Patience,
        pulled: &mut Pulled,
    ) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let (places, more) = match put(talk, &Ask::Places(bucket.clone(), after)).await? {
                Reply::Places(places, more) => (places, more),
                Reply::No(why) => bail!("the peer refuses to go on: {why}"),
                _ => bail!("the peer answers what was not asked"),
            };
            let last = places.last().copied();
            if more && (last.is_none() || last <= after) {
                bail!("the peer repeats itself");
            }
            patience.listed(places.len())?;
            let lacked = self.keeper.lacking(bucket.clone(), places).await?;
            pulled.lacked += lacked.len() as u64;
            self.fetch(talk, bucket, lacked, &mut patience, pulled).await?;
            after = last;
            if !more {
                return Ok(());
            }
        }
    }

    async fn fetch(
        &self,
        talk: &mut Talk,
        bucket: &Bucket,
        lacked: Vec<Place>,
        patience: &mut Patience,
        pulled: &mut Pulled,
    ) -> anyhow::Result<()> {
        let mut rest = lacked.as_slice();
        while !rest.is_empty() {
            let (wanted, _) = rest.split_at(rest.len().min(TALK_WANTED_MAX));
            let statements = match put(talk, &Ask::Statements(bucket.clone(), wanted.to_vec())).await? {
                Reply::Statements(statements) => statements,
                Reply::No(why) => bail!("the peer refuses to go on: {why}"),
                _ => bail!("the peer answers what was not asked"),
            };
            if statements.len() > wanted.len() {
                bail!("the peer sends more than was asked for");
            }
            let opened = self.open(statements).await?;
            let came: Vec<_> = opened.iter().map(Statement::id).collect();
            for outcome in self.keeper.admit(opened).await? {
                let released = outcome.released.iter().map(|(_, verdict)| verdict);
                let verdicts = std::iter::once(&outcome.verdict).chain(released);
                pulled.taken += verdicts.filter(|verdict| **verdict == Verdict::Admitted).count() as u64;
            }
            // The answer holds as many as one frame takes, in order: go on behind the last that came.
            // What the peer skipped no longer stands there.
            let last = wanted.iter().rposition(|place| came.contains(&place.id));
            patience.answered(last.is_some())?;
            rest = rest.get(last.map_or(wanted.len(), |at| at + 1)..).unwrap_or_default();
        }
        Ok(())
    }

    /// Checks form and signature away from the tasks that carry bytes.
    async fn open(&self, statements: Vec<Vec<u8>>) -> anyhow::Result<Vec<Statement>> {
        let (network, counters) = (self.network.clone(), self.counters.clone());
        let opening = tokio::task::spawn_blocking(move || {
            let mut opened = Vec::new();
            for bytes in statements {
                match Statement::open(&bytes, &network) {
                    Ok(statement) => opened.push(statement),
                    Err(error) => {
                        counters.count(error.code());
                        bail!("the peer sent what is no statement: {error}");
                    }
                }
            }
            Ok(opened)
        });
        opening.await.context("checking statements was given up")?
    }

    /// Answers a peer's questions until it closes the talk. Each of its greetings is shown to `greeted`.
    pub(crate) async fn serve(&self, mut talk: Talk, greeted: impl Fn(bool)) -> anyhow::Result<()> {
        for _ in 0..QUESTIONS_MAX {
            let Some(frame) = talk.receive().await? else { return Ok(()) };
            let ask = Ask::decode(&frame)?;
            if let Ask::Greet(theirs) = &ask {
                let ours = self.keeper.greeting().await?;
                greeted(ours.suits(theirs).is_ok() && !ours.differing(theirs).is_empty());
            }
            talk.send(&self.keeper.answer(ask).await?.encode()).await?;
        }
        bail!("the peer asked more than {QUESTIONS_MAX} questions in one talk")
    }
}

async fn put(talk: &mut Talk, ask: &Ask) -> anyhow::Result<Reply> {
    talk.send(&ask.encode()).await?;
    let frame = talk.receive().await?.context("the peer ended the talk; it is tried again later")?;
    Ok(Reply::decode(&frame)?)
}

/// How much of a peer this node listens to in one bucket: who lists without end, or lists what it does not give,
/// would hold the seat of another peer.
#[derive(Debug)]
struct Patience {
    places_left: u64,
    fruitless: u32,
}

impl Patience {
    /// For a bucket that the peer greeted with so many places.
    fn new(greeted: u64) -> Patience {
        Patience { places_left: greeted.saturating_add(PLACES_BEYOND_MAX), fruitless: 0 }
    }

    fn listed(&mut self, places: usize) -> anyhow::Result<()> {
        match self.places_left.checked_sub(places as u64) {
            Some(left) => self.places_left = left,
            None => bail!("the peer lists over {PLACES_BEYOND_MAX} places more than it greeted with"),
        }
        Ok(())
    }

    fn answered(&mut self, brought: bool) -> anyhow::Result<()> {
        self.fruitless = if brought { 0 } else { self.fruitless + 1 };
        if self.fruitless >= FRUITLESS_MAX {
            bail!("the peer gave nothing of what it lists {FRUITLESS_MAX} times in a row");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::pull::FRUITLESS_MAX;
    use crate::pull::PLACES_BEYOND_MAX;
    use crate::pull::Patience;

    #[test]
    fn a_peer_lists_a_little_more_than_it_greeted_with_and_no_more() {
        let mut patience = Patience::new(3);
        patience.listed(3).unwrap();
        patience.listed(PLACES_BEYOND_MAX as usize).unwrap();
        assert!(patience.listed(1).unwrap_err().to_string().contains("than it greeted with"));
        Patience::new(u64::MAX).listed(1).unwrap();
    }

    #[test]
    fn only_fruitless_answers_in_a_row_end_the_talk() {
        let mut patience = Patience::new(0);
        for _ in 0..3 {
            for _ in 1..FRUITLESS_MAX {
                patience.answered(false).unwrap();
            }
            patience.answered(true).unwrap();
        }
        for _ in 1..FRUITLESS_MAX {
            patience.answered(false).unwrap();
        }
        assert!(patience.answered(false).unwrap_err().to_string().contains("in a row"));
    }
}
