//! Statements that are held back: their attestation is not here yet, or their hour has not come.

use crate::bounds::WAITING_BYTES_MAX;
use crate::bounds::WAITING_STATEMENTS_MAX;
use crate::order::HeadKey;
use record::envelope::Statement;
use record::moment::Moment;
use record::name::Name;
use record::statement::StatementId;
use std::collections::BTreeMap;

/// A bounded waiting room. When it is full the oldest leave; repair brings them again.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// By order of arrival.
    seats: BTreeMap<u64, Seat>,
    /// So that the same statement waits once.
    taken: BTreeMap<StatementId, u64>,
    arrivals: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Seat {
    statement: Statement,
    /// When to look again whatever happens; `None` for who waits for an attestation.
    due: Option<Moment>,
}

impl Waiting {
    pub(crate) fn len(&self) -> usize {
        self.seats.len()
    }

    pub(crate) fn seat(&mut self, statement: Statement, due: Option<Moment>) {
        if self.taken.contains_key(&statement.id()) {
            return;
        }
        self.arrivals += 1;
        self.bytes += statement.bytes().len();
        self.taken.insert(statement.id(), self.arrivals);
        self.seats.insert(self.arrivals, Seat { statement, due });
        while self.seats.len() > WAITING_STATEMENTS_MAX || self.bytes > WAITING_BYTES_MAX {
            let Some((_, seat)) = self.seats.pop_first() else { return };
            self.forget(&seat.statement);
        }
    }

    fn forget(&mut self, statement: &Statement) {
        self.bytes -= statement.bytes().len();
        self.taken.remove(&statement.id());
    }

    /// Takes out, in order of arrival, whose publisher is this name or below it.
    pub(crate) fn below(&mut self, name: &Name) -> Vec<Statement> {
        self.take(|seat| {
            let publisher = &seat.statement.content().publisher;
            publisher == name || name.is_above(publisher)
        })
    }

    /// Lets everything go that is said about a record.
    pub(crate) fn forget_record(&mut self, key: &HeadKey) {
        self.take(|seat| HeadKey::of(seat.statement.content()) == *key);
    }

    /// Takes out whose hour has come.
    pub(crate) fn due(&mut self, now: Moment) -> Vec<Statement> {
        self.take(|seat| seat.due.is_some_and(|due| due <= now))
    }

    fn take(&mut self, leaves: impl Fn(&Seat) -> bool) -> Vec<Statement> {
        let leaving: Vec<u64> =
            self.seats.iter().filter(|(_, seat)| leaves(seat)).map(|(arrival, _)| *arrival).collect();
        let mut statements = Vec::new();
        for arrival in leaving {
            if let Some(seat) = self.seats.remove(&arrival) {
                self.forget(&seat.statement);
                statements.push(seat.statement);
            }
        }
        statements
    }
}
