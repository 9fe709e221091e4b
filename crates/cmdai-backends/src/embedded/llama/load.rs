//! Gets a model into memory, visibly and so that it can be called off.

use crate::embedded::inbox::Inbox;
use llama_cpp_2::llama_backend::LlamaBackend as Runtime;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// llama.cpp's process-wide part, set up once.
pub(in crate::embedded) fn runtime() -> Result<&'static Runtime, String> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        send_logs_to_tracing(LogOptions::default());
        #[cfg(feature = "variants")]
        super::variants::load()?;
        Runtime::init().map_err(|error| error.to_string())
    });
    runtime.as_ref().map_err(Clone::clone)
}

/// Loads the model at `path`. `stop` calls it off at the next tensor.
pub(in crate::embedded) fn load(path: &Path, inbox: &Inbox, stop: &Arc<AtomicBool>) -> Result<LlamaModel, String> {
    let runtime = runtime()?;
    let (inbox, stop) = (inbox.clone(), Arc::clone(stop));
    let params = LlamaModelParams::default().with_progress_callback(move |fraction| {
        inbox.tell(fraction);
        !stop.load(Ordering::Relaxed)
    });
    LlamaModel::load_from_file(runtime, path, &params).map_err(|error| error.to_string())
}
