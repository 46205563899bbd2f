//! A talk with one peer: frames of bytes in both directions, in order, with back-pressure.
//!
//! A frame is its length (unsigned, 32 bits, big endian) and that many bytes.

use std::fmt;
use std::io;
use std::time::Duration;

use futures::AsyncRead;
use futures::AsyncReadExt;
use futures::AsyncWrite;
use futures::AsyncWriteExt;
use tokio::time::Instant;
use tokio::time::timeout_at;

use crate::peer::PeerName;
use crate::seats::Seat;

/// The bytes of one frame, its length not counted.
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;
/// So long may a peer be silent, or take nothing, within or between frames.
pub const TALK_IDLE_MAX: Duration = Duration::from_secs(30);
/// So long may one frame be on its way once its first bytes are there: a peer that trickles ends here.
const FRAME_MAX: Duration = Duration::from_secs(120);
/// A frame is read and written in pieces of this many bytes; memory grows by what has really come.
const PIECE_BYTES: usize = 64 * 1024;
/// The bytes of a frame's length.
const HEAD_BYTES: usize = 4;

/// Why a talk ended.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    /// We tried to send a frame that no peer takes.
    #[error("a frame of {bytes} bytes cannot be sent: at most {FRAME_BYTES_MAX} fit; send it in parts")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The peer announced a frame that is too long.
    #[error(
        "the peer announced a frame of {bytes} bytes where at most {FRAME_BYTES_MAX} are allowed; the talk has ended"
    )]
    Oversize {
        /// What it announced.
        bytes: u64,
    },
    /// The peer went away in the middle of a frame.
    #[error("the peer went away in the middle of a frame; catch up with it again later")]
    Cut,
    /// The peer did nothing for too long.
    #[error("the peer did nothing for {} seconds; catch up with it again later", .0.as_secs())]
    Idle(Duration),
    /// The talk has failed before and is out of step.
    #[error("this talk has already failed; open another one")]
    Over,
    /// The connection broke.
    #[error("the connection to the peer broke ({0}); catch up with it again later")]
    Broken(#[source] io::Error),
}

/// A stream in both directions.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// An open talk. Dropping it ends it.
///
/// Sending and receiving must not be dropped half-way (by a `select!` or a timeout): the talk is out of
/// step then and says [`TalkError::Over`].
pub struct Talk {
    peer: PeerName,
    wire: Box<dyn Wire>,
    idle: Duration,
    receiving: bool,
    sending: bool,
    _seat: Option<Seat>,
}

impl Talk {
    pub(crate) fn new(
        peer: PeerName,
        wire: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        seat: Option<Seat>,
    ) -> Talk {
        let wire = Box::new(wire);
        Talk { peer, wire, idle: TALK_IDLE_MAX, receiving: false, sending: false, _seat: seat }
    }

    /// Who is at the other end.
    pub fn peer(&self) -> PeerName {
        self.peer
    }

    /// Sends a frame. Waits while the peer does not take it, at most 30 seconds without progress.
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), TalkError> {
        if frame.len() > FRAME_BYTES_MAX {
            return Err(TalkError::TooLong { bytes: frame.len() });
        }
        if self.sending {
            return Err(TalkError::Over);
        }
        self.sending = true;
        self.write(frame).await?;
        self.sending = false;
        Ok(())
    }

    /// Waits for a frame, at most 30 seconds; none if the peer says nothing more.
    ///
    /// A peer that has no seat left for us ends the talk before its first frame.
    pub async fn receive(&mut self) -> Result<Option<Vec<u8>>, TalkError> {
        if self.receiving {
            return Err(TalkError::Over);
        }
        self.receiving = true;
        let frame = self.read().await?;
        self.receiving = false;
        Ok(frame)
    }

    /// Says that we send nothing more, so that the peer receives none after the last frame.
    pub async fn close(mut self) -> Result<(), TalkError> {
        let end = Instant::now() + self.idle;
        progress(end, self.idle, self.wire.close()).await
    }

    async fn write(&mut self, frame: &[u8]) -> Result<(), TalkError> {
        let start = Instant::now();
        let length = u32::try_from(frame.len()).map_err(|_| TalkError::TooLong { bytes: frame.len() })?;
        // The length travels with the first piece: alone it would be a packet of its own.
        let (first, rest) = frame.split_at(frame.len().min(PIECE_BYTES - HEAD_BYTES));
        let mut piece = Vec::with_capacity(HEAD_BYTES + first.len());
        piece.extend_from_slice(&length.to_be_bytes());
        piece.extend_from_slice(first);
        for piece in std::iter::once(piece.as_slice()).chain(rest.chunks(PIECE_BYTES)) {
            let mut left = piece;
            while !left.is_empty() {
                let end = self.deadline(start);
                let taken = progress(end, self.idle, self.wire.write(left)).await?;
                if taken == 0 {
                    return Err(TalkError::Cut);
                }
                left = left.get(taken..).unwrap_or_default();
            }
        }
        let end = self.deadline(start);
        progress(end, self.idle, self.wire.flush()).await
    }

    async fn read(&mut self) -> Result<Option<Vec<u8>>, TalkError> {
        let mut head = [0; HEAD_BYTES];
        let mut filled = 0;
        let mut start = Instant::now();
        while let Some(room) = head.get_mut(filled..).filter(|room| !room.is_empty()) {
            if filled == 0 {
                // Between frames a peer may be silent for the whole idle time; the frame's own time
                // begins with its first byte.
                start = Instant::now();
            }
            let end = (Instant::now() + self.idle).min(start + FRAME_MAX);
            match progress(end, self.idle, self.wire.read(room)).await? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(TalkError::Cut),
                come => filled += come,
            }
        }
        let length = u32::from_be_bytes(head) as usize;
        if length > FRAME_BYTES_MAX {
            return Err(TalkError::Oversize { bytes: length as u64 });
        }
        let mut frame = Vec::with_capacity(length.min(PIECE_BYTES));
        let mut piece = vec![0; length.min(PIECE_BYTES)];
        while frame.len() < length {
            let wanted = (length - frame.len()).min(PIECE_BYTES);
            let end = self.deadline(start);
            let room = piece.get_mut(..wanted).unwrap_or_default();
            let come = progress(end, self.idle, self.wire.read(room)).await?;
            if come == 0 {
                return Err(TalkError::Cut);
            }
            frame.extend_from_slice(piece.get(..come).unwrap_or_default());
        }
        Ok(Some(frame))
    }

    /// The next step must be done by then: the idle time from now, but within the time of the frame.
    fn deadline(&self, start: Instant) -> Instant {
        (Instant::now() + self.idle).min(start + FRAME_MAX)
    }
}

impl fmt::Debug for Talk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Talk with {}", self.peer)
    }
}

/// One step of a talk, which must end in time.
async fn progress<T>(
    end: Instant,
    idle: Duration,
    step: impl Future<Output = io::Result<T>>,
) -> Result<T, TalkError> {
    match timeout_at(end, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Err(TalkError::Cut),
        Ok(Err(error)) => Err(TalkError::Broken(error)),
        Err(_) => Err(TalkError::Idle(idle)),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::pin::Pin;
    use std::task::Context;
    use std::task::Poll;

    use futures::AsyncRead;
    use futures::AsyncWrite;
    use futures::io::Cursor;
    use tokio::time::Instant;

    use crate::identity::PeerKey;
    use crate::talk::FRAME_BYTES_MAX;
    use crate::talk::Talk;
    use crate::talk::TalkError;

    fn talk(wire: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Talk {
        Talk::new(PeerKey::from_seed([1; 32]).peer_id(), wire, None)
    }

    fn said(bytes: &[u8]) -> Talk {
        talk(Cursor::new(bytes.to_vec()))
    }

    #[tokio::test]
    async fn a_frame_that_lies_about_its_length_is_refused_before_memory_is_taken() {
        let mut talk = said(&[0xff, 0xff, 0xff, 0xff, 1]);
        assert!(matches!(talk.receive().await, Err(TalkError::Oversize { bytes: 0xffff_ffff })));
        assert!(matches!(talk.receive().await, Err(TalkError::Over)));
    }

    #[tokio::test]
    async fn frames_come_in_order_and_the_end_is_told_from_a_cut() {
        let mut talk = said(&[0, 0, 0, 2, b'h', b'i', 0, 0, 0, 0]);
        assert_eq!(talk.receive().await.unwrap(), Some(b"hi".to_vec()));
        assert_eq!(talk.receive().await.unwrap(), Some(Vec::new()));
        assert_eq!(talk.receive().await.unwrap(), None);
        for cut in [&[0, 0][..], &[0, 0, 0, 9, 1]] {
            assert!(matches!(said(cut).receive().await, Err(TalkError::Cut)));
        }
    }

    #[tokio::test]
    async fn a_frame_that_is_too_long_is_not_sent_and_the_talk_goes_on() {
        let mut talk = said(&[]);
        let refused = talk.send(&vec![0; FRAME_BYTES_MAX + 1]).await;
        assert!(matches!(refused, Err(TalkError::TooLong { bytes }) if bytes == FRAME_BYTES_MAX + 1));
        assert!(talk.send(b"still there").await.is_ok());
    }

    /// A peer that is connected and does nothing.
    struct Silence;

    impl AsyncRead for Silence {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Silence {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_is_left_after_thirty_seconds() {
        let mut talk = talk(Silence);
        let start = Instant::now();
        assert!(matches!(talk.receive().await, Err(TalkError::Idle(_))));
        assert!(matches!(talk.send(b"hello").await, Err(TalkError::Idle(_))));
        assert_eq!((Instant::now() - start).as_secs(), 60);
    }
}
