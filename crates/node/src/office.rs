//! The node as its pages and its API see it.

use crate::answering::broken;
use crate::answering::refused;
use crate::attesting::Loss;
use crate::attesting::Successor;
use crate::attesting::revoke;
use crate::attesting::vouch;
use crate::bans::Bans;
use crate::cabinet::Files;
use crate::config::Node;
use crate::counters::Counters;
use crate::courier::Acquaintances;
use crate::draft::Checked;
use crate::draft::Defaults;
use crate::folder::Folder;
use crate::keeper::Keeper;
use crate::keeper::Standing;
use crate::keeper::now;
use crate::keyring;
use crate::metrics;
use crate::publishing::Publisher;
use crate::publishing::Refusal;
use crate::publishing::Saying;
use crate::references;
use crate::relays;
use crate::request::Request;
use crate::request::RequestError;
use crate::shelf::ReadError;
use crate::shelf::Shelf;
use crate::tidying::Tidy;
use crate::tokens::Tokens;
use crate::vouchers::display_name;
use catalogue::alike::Alike;
use catalogue::found::Found;
use catalogue::found::Match;
use catalogue::found::Similar;
use catalogue::found::Used;
use catalogue::index::Catalogue;
use catalogue::joined::Joined;
use catalogue::joined::Referrer;
use catalogue::query::Query;
use catalogue::register::Register;
use exchange::draft::Draft;
use network::carrier::Network;
use network::peer::PeerName;
use network::peer::PeerNameError;
use record::attestation::KIND;
use record::envelope::Statement;
use record::kind;
use record::kind::Lang;
use record::moment::Moment;
use record::name::Name;
use record::name::NetworkName;
use record::statement::Code;
use record::statement::RecordId;
use record::statement::Said;
use replica::keeper::Keeper as _;
use replica::order::HeadKey;
use replica::order::Set;
use replica::trust::Trust;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::disk::Disk;
use tokio::sync::watch;
use web::cabinet::Cabinet;
use web::port::Admitted;
use web::port::Answer;
use web::port::Body;
use web::port::Changes;
use web::port::Editor;
use web::port::Erased;
use web::port::Erasing;
use web::port::Erasure;
use web::port::Kept;
use web::port::Port;
use web::port::PortError;
use web::port::Published;
use web::port::Relay;
use web::port::Revocation;
use web::port::Rotated;
use web::port::Status;

/// Changes of one answer of the feed.
const CHANGES_MAX: usize = 1_000;

/// Everything the pages need, shared with the loop and the courier.
pub(crate) struct Office {
    pub(crate) folder: Folder,
    pub(crate) network_name: NetworkName,
    pub(crate) publisher: Publisher,
    pub(crate) ars: Option<String>,
    /// What the configuration says of this node.
    pub(crate) node: Node,
    pub(crate) disk: Disk,
    pub(crate) register: Arc<Register>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) joined: Arc<Joined>,
    pub(crate) keeper: Keeper,
    pub(crate) standing: watch::Receiver<Standing>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) tokens: Tokens,
    pub(crate) cabinet: Arc<Files>,
    /// None when the node was started with `--offline`.
    pub(crate) network: Option<(Network, Acquaintances)>,
    pub(crate) configured: Vec<String>,
    pub(crate) started: Moment,
    pub(crate) tidy: Tidy,
    /// What was mended when the node started, in words.
    pub(crate) mended: Vec<String>,
    /// How many records the network allows a publisher.
    pub(crate) records_max: u64,
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Office").field("publisher", self.publisher.name()).finish_non_exhaustive()
    }
}

impl Office {
    fn trust(&self) -> Arc<Trust> {
        self.standing.borrow().trust.clone()
    }

    /// What can be read now.
    pub(crate) fn shelf(&self) -> Shelf {
        let standing = self.standing.borrow();
        Shelf {
            network_name: self.network_name.clone(),
            disk: self.disk.clone(),
            catalogue: self.catalogue.clone(),
            joined: self.joined.clone(),
            trust: standing.trust.clone(),
            change: standing.change,
        }
    }

    /// Reads much at once, away from the threads that serve everybody else.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Shelf) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, PortError> {
        let shelf = self.shelf();
        let read = tokio::task::spawn_blocking(move || look(&shelf)).await;
        Ok(read.map_err(|error| broken(&error))??)
    }

    fn defaults(&self, record: Option<RecordId>) -> Result<Defaults, PortError> {
        let standing = match record {
            Some(record) => {
                let key = HeadKey { set: Set::Records, publisher: self.publisher.name().clone(), record };
                self.shelf().at(&key)?.map(|kept| kept.statement.content().body().clone())
            }
            None => None,
        };
        Ok(Defaults { today: now().day(), ars: self.ars.clone(), standing: standing.unwrap_or_default() })
    }

    fn checked(&self, draft: Draft) -> Result<Checked, PortError> {
        if draft.kind.as_str() == KIND {
            return Err(refused(
                "attestation-draft",
                "Beglaubigungen entstehen mit „allmende attest“, nicht aus einem Entwurf.".to_owned(),
                "Attestations are made with `allmende attest`, not from a draft.".to_owned(),
            ));
        }
        let defaults = self.defaults(draft.record)?;
        Ok(Checked::of(draft, &defaults))
    }

    /// With a look at what the draft refers to. It finds nothing that stands against publishing.
    async fn followed(&self, mut checked: Checked) -> Result<Checked, PortError> {
        if let Some(kind) = kind::kind(checked.draft.kind.as_str()) {
            let body = checked.draft.body.clone();
            checked.findings.extend(self.read(move |shelf| references::look(shelf, kind, &body)).await?);
        }
        Ok(checked)
    }

    async fn news(&self, since: u64, limit: usize, wait: Duration) -> Result<Changes, PortError> {
        let mut standing = self.standing.clone();
        let newer = standing.wait_for(|standing| standing.change > since);
        if tokio::time::timeout(wait, newer).await.is_err() {
            return Ok(Changes { changes: Vec::new(), newest: self.disk.newest() });
        }
        self.read(move |shelf| shelf.changes(since, limit.min(CHANGES_MAX))).await
    }
}

impl Port for Office {
    fn search(&self, query: Query) -> Answer<'_, Found> {
        let catalogue = self.catalogue.clone();
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || catalogue.find(&query)).await;
            found.map_err(|error| broken(&error))?.map_err(|error| broken(&error))
        })
    }

    fn indexed(&self) -> u64 {
        self.catalogue.shown()
    }

    fn suggest(&self, typed: String, limit: usize) -> Answer<'_, Vec<String>> {
        let catalogue = self.catalogue.clone();
        Box::pin(async move {
            let words = tokio::task::spawn_blocking(move || catalogue.suggest(&typed, limit)).await;
            words.map_err(|error| broken(&error))
        })
    }

    fn similar(
        &self,
        publisher: Name,
        record: RecordId,
        lang: Lang,
        limit: usize,
    ) -> Answer<'_, Vec<Similar>> {
        Box::pin(self.read(move |shelf| Ok(shelf.catalogue.similar(&publisher, record, lang, limit)?)))
    }

    fn matches(&self, publisher: Name, record: RecordId, lang: Lang, limit: usize) -> Answer<'_, Vec<Match>> {
        Box::pin(self.read(move |shelf| Ok(shelf.catalogue.matches(&publisher, record, lang, limit)?)))
    }

    fn alike(&self, publisher: Name, limit: usize) -> Answer<'_, Vec<Alike>> {
        let register = Arc::clone(&self.register);
        Box::pin(self.read(move |shelf| shelf.alike(&register, &publisher, limit)))
    }

    fn used_by(&self, publishers: Vec<Name>, lang: Lang, limit: usize) -> Answer<'_, Vec<Used>> {
        Box::pin(self.read(move |shelf| Ok(shelf.catalogue.used_by(&publishers, lang, limit)?)))
    }

    fn register(&self) -> Arc<Register> {
        Arc::clone(&self.register)
    }

    fn record(&self, publisher: Name, record: RecordId) -> Answer<'_, Option<Kept>> {
        Box::pin(self.read(move |shelf| shelf.record(&publisher, record)))
    }

    fn publishers(&self) -> Answer<'_, Vec<web::port::Publisher>> {
        Box::pin(self.read(Shelf::publishers))
    }

    fn called(&self, names: Vec<Name>) -> Answer<'_, BTreeMap<Name, String>> {
        Box::pin(async move {
            let trust = self.trust();
            let attested = names.into_iter().filter(|name| trust.standing(name).is_some());
            Ok(attested.map(|name| (name.clone(), display_name(&trust, &name))).collect())
        })
    }

    fn bodies(&self) -> Answer<'_, Vec<Body>> {
        Box::pin(async move {
            let trust = self.trust();
            let body = |name: &Name| {
                let newest = trust.standing(name).and_then(|standing| standing.newest());
                Body {
                    name: name.clone(),
                    display_name: display_name(&trust, name),
                    ars: newest.and_then(|vouched| vouched.attestation.ars.as_ref().map(ToString::to_string)),
                }
            };
            Ok(trust.standings().keys().map(body).collect())
        })
    }

    fn seen(&self, since: Moment) -> Answer<'_, BTreeSet<Name>> {
        Box::pin(async move {
            let mut seen = self.read(move |shelf| Ok(shelf.catalogue.publishers_since(since)?)).await?;
            let met = |relay: &Relay| {
                let known = self.network.as_ref().map(|(_, known)| known);
                let agreed = known.and_then(|known| known.of(relay.peer_id.parse().ok()?).agreed);
                agreed.is_some_and(|agreed| agreed >= since)
            };
            seen.extend(self.relays().await?.into_iter().filter(met).map(|relay| relay.publisher));
            seen.insert(self.publisher.name().clone());
            Ok(seen)
        })
    }

    fn publisher(&self, name: Name) -> Answer<'_, Option<web::port::Publisher>> {
        Box::pin(self.read(move |shelf| shelf.publisher(&name)))
    }

    fn attestations(&self) -> Answer<'_, Vec<Kept>> {
        Box::pin(self.read(Shelf::attestations))
    }

    fn changes(&self, since: u64, limit: usize, wait: Duration) -> Answer<'_, Changes> {
        Box::pin(self.news(since, limit, wait))
    }

    fn status(&self) -> Answer<'_, Status> {
        Box::pin(async move { Ok(self.look().await) })
    }

    fn publish(&self, draft: Draft, expected: Option<u64>) -> Answer<'_, Published> {
        Box::pin(async move {
            let checked = self.checked(draft)?;
            if checked.is_refused() {
                return Err(PortError::Refused {
                    code: "invalid".to_owned(),
                    de: "Der Entwurf kann so nicht veröffentlicht werden.".to_owned(),
                    en: "The draft cannot be published like this.".to_owned(),
                    findings: self.followed(checked).await?.findings,
                });
            }
            Ok(self.keeper.say(checked.saying(expected)).await?)
        })
    }

    fn check(&self, draft: Draft) -> Answer<'_, web::port::Checked> {
        Box::pin(async move {
            let checked = self.followed(self.checked(draft)?).await?;
            Ok(web::port::Checked { body: checked.draft.body, findings: checked.findings })
        })
    }

    fn referrers(&self, publisher: Name, record: RecordId) -> Answer<'_, Vec<Referrer>> {
        Box::pin(self.read(move |shelf| Ok(shelf.joined.of(&publisher, record))))
    }

    fn retract(&self, record: RecordId, reason: Code) -> Answer<'_, Published> {
        Box::pin(async move {
            let key = HeadKey { set: Set::Records, publisher: self.publisher.name().clone(), record };
            let standing =
                self.shelf().at(&key)?.ok_or_else(|| PortError::from(Refusal::NoRecord(record)))?;
            let content = standing.statement.content();
            let saying = Saying {
                kind: content.kind.clone(),
                schema: content.schema,
                record: Some(record),
                said: Said::Retracted(reason),
                expected: None,
            };
            Ok(self.keeper.say(saying).await?)
        })
    }

    fn republish(&self) -> Answer<'_, Vec<Published>> {
        Box::pin(async move { Ok(self.keeper.republish().await?) })
    }

    fn relays(&self) -> Answer<'_, Vec<Relay>> {
        let own = self.publisher.name().clone();
        Box::pin(self.read(move |shelf| relays::announced(shelf, &own)))
    }

    fn submit(&self, bytes: Vec<u8>) -> Answer<'_, Published> {
        Box::pin(async move {
            let statement = Statement::open(&bytes, &self.network_name).map_err(|error| {
                self.counters.count(error.code());
                let de = format!("Das ist keine gültige Erklärung dieses Netzes ({}): {error}", error.code());
                refused(error.code(), de, error.to_string())
            })?;
            Ok(self.keeper.submit(statement).await?)
        })
    }

    fn attest(&self, request: String, code: String, may_attest: bool) -> Answer<'_, Published> {
        Box::pin(async move {
            let request = compared(&request, &code)?;
            let attestation = vouch(self.publisher.name(), &self.trust(), &request, may_attest, now())?;
            Ok(self.keeper.say(Saying::attestation(&attestation)).await?)
        })
    }

    fn rotate(&self, floor: bool) -> Answer<'_, Rotated> {
        Box::pin(async move {
            let (publisher, trust) = (self.publisher.clone(), self.trust());
            if publisher.name().depth() == 1 {
                let linked = tokio::task::spawn_blocking(move || {
                    let saying = publisher.link(&trust, floor, now())?;
                    Ok((saying, publisher.keys().next()))
                });
                let linked: Result<_, Refusal> = linked.await.map_err(|error| broken(&error))?;
                let (saying, next) = linked?;
                let key = next.ok_or_else(|| broken(&"the next key is gone"))?.public();
                let link = self.keeper.say(saying).await?;
                return Ok(Rotated { key, asks: None, link: Some(link) });
            }
            if floor {
                return Err(Refusal::NoAnchor(publisher.name().clone()).into());
            }
            if trust.standing(publisher.name()).is_none() {
                return Err(Refusal::NotAttested(publisher.name().clone()).into());
            }
            let prepared = tokio::task::spawn_blocking(move || publisher.keys().prepare()).await;
            let next = prepared.map_err(|error| broken(&error))?.map_err(Refusal::of_disk)?;
            let request = Request::of(&self.node, next.public()).map_err(|error| unusable(&error))?;
            let asks = Some((request.write(&next), request.code()));
            Ok(Rotated { key: next.public(), asks, link: None })
        })
    }

    fn revoke(&self, subject: Name, what: Revocation) -> Answer<'_, Vec<Published>> {
        Box::pin(async move {
            let loss = match what {
                Revocation::Keys => Loss::Keys,
                Revocation::Right => Loss::Right,
                Revocation::Everything { successor: Some((request, code)) } => {
                    Loss::Everything(Successor::Asks(Box::new(compared(&request, &code)?)))
                }
                Revocation::Everything { successor: None } => {
                    // The secret half is wiped when this line ends.
                    let key = keyring::fresh().map_err(|error| broken(&error))?.public();
                    Loss::Everything(Successor::Nobody(key))
                }
            };
            let mut published = Vec::new();
            for attestation in revoke(self.publisher.name(), &self.trust(), &subject, &loss, now())? {
                published.push(self.keeper.say(Saying::attestation(&attestation)).await?);
            }
            Ok(published)
        })
    }

    fn dial(&self, address: String) -> Answer<'_, ()> {
        Box::pin(async move {
            let Some((network, _)) = &self.network else {
                return Err(PortError::Unavailable("the node was started with --offline".to_owned()));
            };
            network.dial(&address).await.map_err(|error| {
                refused(
                    "address",
                    format!("Diese Adresse kann nicht angewählt werden: {error}"),
                    error.to_string(),
                )
            })?;
            self.remember(&address).map_err(|error| PortError::Unavailable(format!("{error:#}")))
        })
    }

    fn ban(&self, peer: String, reason: String) -> Answer<'_, ()> {
        Box::pin(async move {
            let peer = peer_name(&peer)?;
            if let Some((network, _)) = &self.network {
                network.ban(peer, &reason).await;
            }
            let kept = Bans::of(&self.folder).add(peer, &reason);
            kept.map_err(|error| PortError::Unavailable(format!("{error:#}")))
        })
    }

    fn pardon(&self, peer: String) -> Answer<'_, ()> {
        Box::pin(async move {
            let peer = peer_name(&peer)?;
            if let Some((network, _)) = &self.network {
                network.pardon(peer).await;
            }
            match Bans::of(&self.folder).lift(peer) {
                Ok(true) => Ok(()),
                Ok(false) => Err(refused(
                    "no-ban",
                    format!("Der Knoten {peer} ist nicht gesperrt."),
                    format!("The node {peer} is not banned."),
                )),
                Err(error) => Err(PortError::Unavailable(format!("{error:#}"))),
            }
        })
    }

    fn erase(&self, publisher: Name, record: RecordId, wish: Erasing) -> Answer<'_, Erased> {
        Box::pin(self.forget(publisher, record, wish))
    }

    fn lift(&self, publisher: Name, record: RecordId) -> Answer<'_, ()> {
        Box::pin(self.let_back(publisher, record))
    }

    fn erasure(&self, publisher: &Name, record: RecordId) -> Option<Erasure> {
        self.erased_here(publisher, record)
    }

    fn admit(&self, statements: Vec<Vec<u8>>) -> Answer<'_, Admitted> {
        Box::pin(self.take_in(statements))
    }

    fn token(&self, token: &str) -> Option<Editor> {
        self.tokens.editor(token)
    }

    fn cabinet(&self) -> Arc<dyn Cabinet> {
        self.cabinet.clone()
    }

    fn metrics(&self) -> Answer<'_, String> {
        Box::pin(async move {
            let bytes = self.disk.size_on_disk().map_err(|error| broken(&error))?;
            Ok(metrics::write(&self.look().await, self.catalogue.count(), bytes))
        })
    }

    fn ready(&self) -> Result<(), String> {
        let (behind, newest) = (self.catalogue.checkpoint(), self.disk.newest());
        // While it is fed for the first time the catalogue finds only a part; afterwards it lags by moments.
        match behind == 0 && newest > CHANGES_MAX as u64 {
            true => Err(format!("the catalogue is being built from {newest} changes")),
            false => Ok(()),
        }
    }
}

impl Office {
    fn remember(&self, address: &str) -> anyhow::Result<()> {
        let path = self.folder.peers();
        let mut lines = std::fs::read_to_string(&path).unwrap_or_default();
        if !lines.lines().any(|line| line == address) {
            lines.push_str(address);
            lines.push('\n');
            Folder::write(&path, lines.as_bytes())?;
        }
        Ok(())
    }
}

fn peer_name(text: &str) -> Result<PeerName, PortError> {
    text.parse().map_err(|error: PeerNameError| {
        refused(
            "peer-id",
            format!("„{text}“ ist keine Kennung eines Knotens; sie liest sich wie 12D3KooW..., „allmende status“ zeigt sie."),
            error.to_string(),
        )
    })
}

/// A request whose code is the one that was read out.
pub(crate) fn compared(request: &str, code: &str) -> Result<Request, PortError> {
    let request = Request::read(request).map_err(|error| unusable(&error))?;
    match request.has_code(code) {
        true => Ok(request),
        false => Err(refused(
            "request-code",
            "Der vorgelesene Code passt nicht zu diesem Antrag. Lassen Sie ihn noch einmal vorlesen; \
             stimmt er wieder nicht, ist der Antrag nicht der, den die Kommune abgeschickt hat."
                .to_owned(),
            "The code that was read out does not belong to this request. Have it read out again; if it still \
             differs, this is not the request that the municipality sent."
                .to_owned(),
        )),
    }
}

fn unusable(error: &RequestError) -> PortError {
    refused("request", format!("Das ist kein brauchbarer Antrag: {error}"), error.to_string())
}
