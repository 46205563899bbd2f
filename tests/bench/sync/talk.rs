//! One talk between two replicas, with what it costs each side.

use crate::cost::Cost;
use crate::cost::Sort;
use crate::cost::cpu;
use crate::library::now;
use record::document::Document;
use record::envelope::Statement;
use replica::admit::Replica;
use replica::admit::Verdict;
use replica::memory::MemoryKeeper;
use replica::order::Place;
use replica::sync::answerer::Answer;
use replica::sync::answerer::Answerer;
use replica::sync::answerer::Took;
use replica::sync::asker::Action;
use replica::sync::asker::Asker;
use replica::sync::message::Ask;
use replica::sync::message::Reply;
use replica::sync::refusals::Refusals;
use replica::sync::report::Agreement;
use replica::sync::report::Report;
use replica::sync::segments::Segments;
use replica::sync::trouble::AskError;
use replica::tree::ShortPlace;
use std::collections::VecDeque;

/// Statements that may be given in one talk.
const GIVE_MAX: usize = 4_096;
/// What is drawn for a talk; the costs do not depend on it.
const SALT: [u8; 16] = [7; 16];

/// One node: what it holds, and what it remembers of earlier talks.
#[derive(Debug)]
pub(crate) struct Side {
    /// What it holds.
    pub(crate) replica: Replica<MemoryKeeper>,
    refusals: Refusals,
    segments: Segments,
    instance: [u8; 8],
}

impl Side {
    /// Opens what the keeper holds.
    pub(crate) fn open(document: &Document, keeper: MemoryKeeper, instance: u8) -> Side {
        Side {
            replica: Replica::open(document.clone(), keeper).expect("memory is read without failure"),
            refusals: Refusals::default(),
            segments: Segments::default(),
            instance: [instance; 8],
        }
    }

    /// Which store this is.
    pub(crate) fn instance(&self) -> [u8; 8] {
        self.instance
    }

    fn admit(&mut self, bytes: &[Vec<u8>]) -> Vec<(ShortPlace, Verdict)> {
        let network = self.replica.document().network.clone();
        let opened: Vec<Statement> =
            bytes.iter().filter_map(|bytes| Statement::open(bytes, &network).ok()).collect();
        let place =
            |opened: &Statement| ShortPlace::of(&Place { issued: opened.content().issued, id: opened.id() });
        let places: Vec<ShortPlace> = opened.iter().map(place).collect();
        let outcomes = self.replica.admit_many(opened, now()).expect("memory takes all of it");
        places.into_iter().zip(outcomes.into_iter().map(|outcome| outcome.verdict)).collect()
    }

    /// Talks with the other side until both have nothing more to say.
    pub(crate) fn asks(
        &mut self,
        other: &mut Side,
        window: Option<Agreement>,
    ) -> Result<(Report, Cost), AskError> {
        let mut cost = Cost::default();
        let mut sort = Sort::Compare;
        let mut asker =
            cost.asker(sort, || Asker::new(self.instance, self.replica.view(), SALT, window, GIVE_MAX));
        let mut answerer = cost.answerer(sort, || Answerer::new(other.instance, other.replica.view()));
        let (mut frames, mut batches) = (VecDeque::new(), VecDeque::new());
        loop {
            let action = cost.asker(sort, || asker.step(self.replica.keeper(), &self.refusals, now()))?;
            match action {
                Action::Send(frame) => frames.push_back(answer(&mut answerer, other, &frame, &mut cost)),
                Action::Receive => {
                    let frame: Vec<u8> = frames.pop_front().unwrap_or_default();
                    sort = sort_of(&frame);
                    cost.asker(sort, || asker.receive(&frame))?;
                }
                Action::Admit(bytes) => batches.push_back(bytes),
                Action::Settle => {
                    let began = cpu();
                    let taken = self.admit(&batches.pop_front().unwrap_or_default());
                    cost.admitting += cpu() - began;
                    cost.asker(sort, || asker.admitted(&taken, self.replica.view(), &mut self.refusals));
                }
                Action::Done => {
                    let report = asker.report().clone();
                    (cost.asked, cost.answered, cost.rounds) = (report.sent, report.received, report.rounds);
                    return Ok((report, cost));
                }
            }
        }
    }
}

fn answer(answerer: &mut Answerer, side: &mut Side, frame: &[u8], cost: &mut Cost) -> Vec<u8> {
    let sort = match Ask::decode(frame) {
        Ok(Ask::Hello(hello)) => {
            cost.compared += (hello.root.len() + hello.salt.len()) as u64;
            Sort::Compare
        }
        Ok(Ask::Split { .. }) => {
            cost.compared += frame.len() as u64;
            Sort::Compare
        }
        Ok(Ask::Get(..)) => {
            cost.wanted += frame.len() as u64;
            Sort::Carry
        }
        _ => Sort::Carry,
    };
    if cost.answerer(sort, || Answerer::is_greeting(frame)) {
        cost.answerer(sort, || answerer.look(side.replica.view()));
    }
    let answer = cost.answerer(sort, || answerer.answer(frame, side.replica.keeper(), &side.segments));
    let reply = match answer.expect("an honest question is answered") {
        Answer::Send(reply) => reply,
        Answer::Admit(bytes) => {
            let taken = side.admit(&bytes);
            answerer.took(Took::of(taken.iter().map(|(_, verdict)| verdict)))
        }
    };
    cost.compared += match Reply::decode(&reply) {
        Ok(Reply::Hello(_, None)) => 1,
        Ok(Reply::Hello(who, Some(_))) => 1 + (reply.len() - Reply::Hello(who, None).encode().len()) as u64,
        Ok(Reply::Split(_)) => reply.len() as u64,
        _ => 0,
    };
    reply
}

fn sort_of(reply: &[u8]) -> Sort {
    match Reply::decode(reply) {
        Ok(Reply::Hello(..) | Reply::Split(_)) => Sort::Compare,
        _ => Sort::Carry,
    }
}
