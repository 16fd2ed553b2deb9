//! Where the lines go: a part beside the file, with its digest, or a stream.

use std::io::Write;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::Context;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::state::{State, Tally};
use crate::error::{Error, Result, code, io};
use crate::store::parted::{Part, Places};

/// What is kept durable at first; each time it is twice as much, up to the most.
const FIRST_STRETCH: u64 = 1 << 20;
const LONGEST_STRETCH: u64 = 64 << 20;

/// No longer than this goes by between two moments from which can be gone on.
const LONGEST_TIME: Duration = Duration::from_secs(2);

/// How a stream of lines ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// More can follow.
    Open,
    /// The reader went away.
    Closed,
}

/// A digest in hexadecimal.
pub fn hex(digest: &Context) -> String {
    digest.clone().finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file in the making.
pub struct FileSink {
    part: Part,
    places: Places,
    state: State,
    digest: Context,
    bytes: u64,
    gzip: Option<GzEncoder<Vec<u8>>>,
    /// Whether the piece has lines.
    open: bool,
    /// What makes the last stretch durable.
    keeping: Option<JoinHandle<Result<()>>>,
    kept: (u64, Instant),
    stretch: u64,
}

impl FileSink {
    /// Goes on with this part, whose bytes have this digest.
    pub fn new(part: Part, places: Places, state: State, digest: Context) -> Self {
        let (bytes, gzip) = (state.bytes, state.gzip.then(fresh));
        let kept = (bytes, Instant::now());
        Self { part, places, state, digest, bytes, gzip, open: false, keeping: None, kept, stretch: FIRST_STRETCH }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.part.write(bytes)?;
        self.digest.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or_default();
        Ok(())
    }

    fn drain(&mut self) -> Result<()> {
        let Some(gzip) = &mut self.gzip else { return Ok(()) };
        let ready = std::mem::take(gzip.get_mut());
        self.put(&ready)
    }

    /// Ends the piece of a compressed file; pieces behind each other are one file.
    fn end_piece(&mut self) -> Result<()> {
        let Some(gzip) = self.gzip.take() else { return Ok(()) };
        let rest = gzip.finish().map_err(|e| io("cannot compress", e))?;
        self.put(&rest)?;
        self.gzip = Some(fresh());
        self.open = false;
        Ok(())
    }

    fn write(&mut self, lines: &[u8], tally: &Tally) -> Result<()> {
        self.open = true;
        match &mut self.gzip {
            Some(gzip) => {
                gzip.write_all(lines).map_err(|e| io("cannot compress", e))?;
                self.drain()?;
            }
            None => self.put(lines)?,
        }
        let since = self.bytes - self.kept.0;
        if since >= self.stretch || (since > 0 && self.kept.1.elapsed() >= LONGEST_TIME) {
            self.keep(tally)?;
        }
        Ok(())
    }

    /// Makes durable what is there, beside the writing; skipped where the last time is not over yet.
    fn keep(&mut self, tally: &Tally) -> Result<()> {
        if self.keeping.as_ref().is_some_and(|keeping| !keeping.is_finished()) {
            return Ok(());
        }
        self.kept_before()?;
        self.end_piece()?;
        let (state, places) = (self.state.at(self.bytes, hex(&self.digest), tally), self.places.clone());
        let part = self.part.other()?;
        self.keeping = Some(std::thread::spawn(move || part.sync().and_then(|()| state.save(&places))));
        self.kept = (self.bytes, Instant::now());
        self.stretch = (self.stretch * 2).min(LONGEST_STRETCH);
        Ok(())
    }

    fn kept_before(&mut self) -> Result<()> {
        match self.keeping.take().map(JoinHandle::join) {
            Some(Ok(kept)) => kept,
            Some(Err(_)) => Err(Error::new(&code::INTERNAL, "making the export durable failed")),
            None => Ok(()),
        }
    }

    /// Makes everything durable, and says so. `complete` where nothing follows.
    fn close(mut self, tally: &Tally, complete: bool) -> Result<State> {
        let before = self.kept_before();
        // No bytes are no gzip file, and an export of nothing is one.
        if self.open || (complete && self.bytes == 0) {
            self.end_piece()?;
        }
        let mut state = self.state.at(self.bytes, hex(&self.digest), tally);
        state.complete = complete;
        self.part.other()?.sync()?;
        state.save(&self.places)?;
        before.map(|()| state)
    }
}

fn fresh() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::with_capacity(1 << 20), Compression::new(3))
}

/// A stream: the standard output.
pub struct StreamSink {
    out: Box<dyn Write + Send>,
    gzip: bool,
    empty: bool,
}

/// Either of them.
pub enum Sink {
    /// A file.
    File(Box<FileSink>),
    /// A stream, plain or compressed.
    Stream(StreamSink),
}

impl StreamSink {
    /// A stream.
    pub fn new(out: Box<dyn Write + Send>, gzip: bool) -> Self {
        Self { out, gzip, empty: true }
    }

    fn write(&mut self, lines: &[u8]) -> Result<Written> {
        let squeezed;
        let bytes = if self.gzip {
            // A piece for itself: what reads it sees it at once.
            let mut piece = fresh();
            piece.write_all(lines).map_err(|e| io("cannot compress", e))?;
            squeezed = piece.finish().map_err(|e| io("cannot compress", e))?;
            &squeezed
        } else {
            lines
        };
        match self.out.write_all(bytes).and_then(|()| self.out.flush()) {
            Ok(()) => {
                self.empty = false;
                Ok(Written::Open)
            }
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(Written::Closed),
            Err(e) => Err(io("cannot write the result", e)),
        }
    }
}

impl Sink {
    /// Adds lines; `tally` counts them and all before.
    pub fn write(&mut self, lines: &[u8], tally: &Tally) -> Result<Written> {
        match self {
            Sink::File(file) => file.write(lines, tally).map(|()| Written::Open),
            Sink::Stream(stream) => stream.write(lines),
        }
    }

    /// Ends it. Gives what a file is by now.
    pub fn close(self, tally: &Tally, complete: bool) -> Result<Option<State>> {
        match self {
            Sink::File(file) => file.close(tally, complete).map(Some),
            Sink::Stream(mut stream) => {
                if stream.gzip && stream.empty && complete {
                    stream.write(b"")?;
                }
                Ok(None)
            }
        }
    }
}
