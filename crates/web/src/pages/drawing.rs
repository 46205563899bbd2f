//! This node and its peers as a drawing; the table beside it says the same in words.

use crate::port::Peer;

/// Peers that are drawn; more would not be told apart.
pub(crate) const PEERS_DRAWN: usize = 24;
/// Characters of a label.
const LABEL_CHARS: usize = 26;
/// Characters of the end of an id, by which peers are told apart.
const END_CHARS: usize = 6;
/// Width and height, in the drawing's own units.
pub(crate) const SIZE: (i32, i32) = (720, 400);
const RADII: (f64, f64) = (270.0, 140.0);

/// A peer in the drawing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dot {
    pub(crate) x: i32,
    pub(crate) y: i32,
    /// Where the label stands.
    pub(crate) label_y: i32,
    pub(crate) label: String,
    pub(crate) connected: bool,
    pub(crate) relay: bool,
}

/// The peers around the middle, the first at the top, then clockwise.
pub(crate) fn dots(peers: &[Peer], called: impl Fn(&Peer) -> String) -> Vec<Dot> {
    let count = peers.len().min(PEERS_DRAWN);
    (0..count).zip(peers).map(|(at, peer)| dot(at, count, peer, &called(peer))).collect()
}

fn dot(at: usize, count: usize, peer: &Peer, name: &str) -> Dot {
    let turn = std::f64::consts::TAU * at as f64 / count as f64;
    let (x, y) = (turn.sin() * RADII.0, -turn.cos() * RADII.1);
    let (x, y) = (SIZE.0 / 2 + x.round() as i32, SIZE.1 / 2 + y.round() as i32);
    let label_y = if y < SIZE.1 / 2 { y - 20 } else { y + 32 };
    Dot { x, y, label_y, label: cut(name), connected: peer.connected, relay: peer.role == "relay" }
}

/// The end of an id.
pub(crate) fn end(id: &str) -> String {
    id.chars().skip(id.chars().count().saturating_sub(END_CHARS)).collect()
}

fn cut(name: &str) -> String {
    if name.chars().count() <= LABEL_CHARS {
        return name.to_owned();
    }
    let begun: String = name.chars().take(LABEL_CHARS - 1).collect();
    format!("{begun}…")
}

#[cfg(test)]
mod tests {
    use crate::pages::drawing::PEERS_DRAWN;
    use crate::pages::drawing::SIZE;
    use crate::pages::drawing::dots;
    use crate::pages::drawing::end;
    use crate::port::Peer;

    fn peer(id: &str) -> Peer {
        Peer {
            peer_id: id.to_owned(),
            address: "/ip4/192.0.2.1/tcp/4480".to_owned(),
            role: "relay".to_owned(),
            connected: true,
            agreed: None,
            lag: 0,
            round_trip_ms: None,
        }
    }

    #[test]
    fn peers_stand_around_the_middle_and_inside_the_frame() {
        let peers: Vec<Peer> = (0..40).map(|n| peer(&format!("12D3KooWmünster{n}"))).collect();
        let dots = dots(&peers, |peer| format!("Verteiler …{}", end(&peer.peer_id)));
        assert_eq!(dots.len(), PEERS_DRAWN);
        assert!(
            dots.iter().all(|dot| (20..SIZE.0 - 20).contains(&dot.x) && (20..SIZE.1 - 20).contains(&dot.y))
        );
        assert!(
            dots.iter().all(|dot| (12..SIZE.1).contains(&dot.label_y) && dot.label.chars().count() <= 26)
        );
        assert_eq!((dots[0].x, dots[0].y), (360, 60));
    }

    #[test]
    fn long_names_are_cut() {
        let dots = dots(&[peer("x")], |_| "Landeshauptstadt Saarbrücken am Fluss".to_owned());
        assert_eq!(dots[0].label, "Landeshauptstadt Saarbrüc…");
    }
}
