//! How a pull is shown: a bar for each layer on a terminal, docker's lines elsewhere.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::images::Digest;
use crate::engine::progress::{Event, LayerState, Progress};

/// Shows what it is told; see the constructors for where.
pub(crate) struct LineOrBar {
    mode: Mode,
    layers: Mutex<HashMap<Digest, Layer>>,
}

enum Mode {
    Quiet,
    /// Lines on standard output (a pull) or nowhere (a load).
    Lines,
    Bars(MultiProgress),
}

impl Mode {
    /// `None` where nothing would be drawn: no terminal, or one that can't move its cursor (TERM=dumb).
    fn bars(target: ProgressDrawTarget) -> Option<Self> {
        (!target.is_hidden()).then(|| Self::Bars(MultiProgress::with_draw_target(target)))
    }
}

struct Layer {
    /// The last state that was shown, without its numbers.
    shown: std::mem::Discriminant<LayerState>,
    bar: Option<ProgressBar>,
}

impl LineOrBar {
    /// Docker's lines on standard output; bars if that is a terminal.
    pub fn for_pulling(quiet: bool) -> Self {
        let mode =
            if quiet { Mode::Quiet } else { Mode::bars(ProgressDrawTarget::stdout()).unwrap_or(Mode::Lines) };
        Self { mode, layers: Mutex::default() }
    }

    /// On standard error, bars or nothing: for commands whose standard output is their result.
    pub fn for_loading(quiet: bool) -> Self {
        let mode = if quiet { None } else { Mode::bars(ProgressDrawTarget::stderr()) };
        Self { mode: mode.unwrap_or(Mode::Quiet), layers: Mutex::default() }
    }

    /// Leaves the bars as they are; the next image gets new ones.
    pub fn finish(&self) {
        for (_, layer) in self.layers().drain() {
            if let Some(bar) = layer.bar {
                bar.abandon();
            }
        }
    }

    fn layers(&self) -> MutexGuard<'_, HashMap<Digest, Layer>> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn layer(&self, digest: &Digest, state: LayerState) {
        let kind = std::mem::discriminant(&state);
        let mut layers = self.layers();
        let layer = layers.entry(digest.clone());
        let (is_new, layer) = match layer {
            std::collections::hash_map::Entry::Occupied(entry) => {
                let layer = entry.into_mut();
                (std::mem::replace(&mut layer.shown, kind) != kind, layer)
            }
            std::collections::hash_map::Entry::Vacant(entry) => {
                let bar = match &self.mode {
                    Mode::Bars(bars) => Some(bars.add(new_bar(digest))),
                    _ => None,
                };
                (true, entry.insert(Layer { shown: kind, bar }))
            }
        };
        match &layer.bar {
            Some(bar) => draw(bar, state),
            None if is_new && matches!(self.mode, Mode::Lines) => {
                if let Some(text) = text(state) {
                    line(&format!("{}: {text}", digest.short()));
                }
            }
            None => {}
        }
    }
}

impl Progress for LineOrBar {
    fn event(&self, event: Event<'_>) {
        match (event, &self.mode) {
            (_, Mode::Quiet) => {}
            (Event::Layer(digest, state), _) => self.layer(digest, state),
            (Event::Notice(text), Mode::Lines) => line(text),
            (Event::Notice(text), Mode::Bars(bars)) => {
                // A terminal that is gone needs no notice.
                let _ = bars.println(text);
            }
        }
    }
}

impl Drop for LineOrBar {
    fn drop(&mut self) {
        self.finish();
    }
}

fn line(text: &str) {
    // A reader that has gone away (head) must not stop the pull.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Docker's words; `None` for what it doesn't say.
fn text(state: LayerState) -> Option<&'static str> {
    match state {
        LayerState::Pending => Some("Pulling fs layer"),
        LayerState::Exists => Some("Already exists"),
        LayerState::Waiting => Some("Waiting"),
        LayerState::Extracting => Some("Extracting"),
        LayerState::Done => Some("Pull complete"),
        LayerState::Preparing => Some("Preparing"),
        LayerState::Remote => Some("Layer already exists"),
        LayerState::Uploaded => Some("Pushed"),
        LayerState::Downloading(..) | LayerState::Loading(..) | LayerState::Uploading(..) => None,
    }
}

/// Until its size is known, and when it is done.
const WORDS: &str = "{prefix}: {msg}";
const BAR: &str = "{prefix}: {msg:12}[{bar:40}] {bytes}/{total_bytes} {bytes_per_sec}";

fn style(template: &str) -> ProgressStyle {
    // The templates are constants: they parse.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ")
}

fn new_bar(digest: &Digest) -> ProgressBar {
    ProgressBar::new(0).with_style(style(WORDS)).with_prefix(digest.short().to_string())
}

fn advance(bar: &ProgressBar, word: &'static str, done: u64, total: u64) {
    if bar.length() != Some(total) {
        bar.set_length(total);
        bar.set_style(style(BAR));
        bar.set_message(word);
    }
    if done >= total && word != "Pushing" {
        // All of it is here; the unpacking is a few chunks behind.
        bar.set_message("Extracting");
    }
    bar.set_position(done);
}

fn draw(bar: &ProgressBar, state: LayerState) {
    match state {
        LayerState::Downloading(done, total) => advance(bar, "Downloading", done, total),
        LayerState::Loading(done, total) => advance(bar, "Loading", done, total),
        LayerState::Uploading(done, total) => advance(bar, "Pushing", done, total),
        state => {
            bar.set_style(style(WORDS));
            bar.set_message(text(state).unwrap_or_default());
        }
    }
}
