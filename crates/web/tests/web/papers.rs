//! A cabinet in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use web::cabinet::Cabinet;
use web::cabinet::CabinetError;
use web::cabinet::Deed;
use web::cabinet::Drawer;
use web::cabinet::PAPER_BYTES_MAX;
use web::cabinet::Title;

/// Papers and journal of one town.
#[derive(Debug, Default)]
pub(crate) struct Papers {
    papers: Mutex<BTreeMap<(Drawer, Title), String>>,
    deeds: Mutex<Vec<Deed>>,
}

impl Cabinet for Papers {
    fn titles(&self, drawer: Drawer) -> Result<Vec<Title>, CabinetError> {
        let papers = self.papers.lock().unwrap();
        Ok(papers.keys().filter(|(of, _)| *of == drawer).map(|(_, title)| title.clone()).collect())
    }

    fn read(&self, drawer: Drawer, title: &Title) -> Result<Option<String>, CabinetError> {
        Ok(self.papers.lock().unwrap().get(&(drawer, title.clone())).cloned())
    }

    fn write(&self, drawer: Drawer, title: &Title, text: &str) -> Result<(), CabinetError> {
        if text.len() > PAPER_BYTES_MAX {
            return Err(CabinetError::Length(text.len()));
        }
        self.papers.lock().unwrap().insert((drawer, title.clone()), text.to_owned());
        Ok(())
    }

    fn remove(&self, drawer: Drawer, title: &Title) -> Result<(), CabinetError> {
        self.papers.lock().unwrap().remove(&(drawer, title.clone()));
        Ok(())
    }

    fn note(&self, deed: &Deed) -> Result<(), CabinetError> {
        self.deeds.lock().unwrap().push(deed.clone());
        Ok(())
    }

    fn deeds(&self, limit: usize) -> Result<Vec<Deed>, CabinetError> {
        Ok(self.deeds.lock().unwrap().iter().rev().take(limit).cloned().collect())
    }
}
