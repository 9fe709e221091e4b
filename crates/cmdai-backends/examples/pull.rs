//! Pulls a model into a directory and shows what happens: `cargo run --example pull -- smollm2-135m /tmp/models`.
//!
//! A second run finds the model there, without network and without reading it.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "an example talks to a person")]

use cmdai_backends::model::download::{PullEvent, PullOptions, pull};
use cmdai_backends::model::{ModelRef, ModelStore};
use std::error::Error;
use std::time::Instant;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let id = arguments.next().ok_or("usage: pull MODEL DIRECTORY")?;
    let store = ModelStore::new(arguments.next().ok_or("usage: pull MODEL DIRECTORY")?);
    let model = ModelRef::parse(&id)?;
    if let ModelRef::Catalog(entry) = &model {
        let started = Instant::now();
        let mut shown = 0;
        let mut show = |event| match event {
            PullEvent::Progress { done, total } => {
                let percent = done * 100 / total;
                if percent / 10 != shown / 10 {
                    eprintln!("{percent} %");
                }
                shown = percent;
            }
            PullEvent::Verifying { done, total } if done < total => {}
            other => eprintln!("{other:?}"),
        };
        pull(&store, entry, &PullOptions::from_env(), &mut show).await?;
        eprintln!("pulled in {:.1?}", started.elapsed());
    }
    let started = Instant::now();
    let file = store.locate(&model, &mut |_, _| {})?;
    eprintln!("located in {:.1?}", started.elapsed());
    println!("{}  {}", file.sha256, file.path.display());
    Ok(())
}
