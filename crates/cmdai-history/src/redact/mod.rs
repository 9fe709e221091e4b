//! stub
pub const MARKER: &str = "[REDACTED:";
#[derive(Debug,Clone,Copy,PartialEq,Eq,Default)] pub enum Mode{#[default] Redact,Drop,Off}
#[derive(Debug,Clone,Default)] pub struct Redactor{mode:Mode}
pub struct Finding{pub rule:String}
pub struct Redacted{pub text:String,pub found:Vec<Finding>}
impl Redactor{ pub fn mode(&self)->Mode{self.mode} pub fn redact(&self,t:&str)->Redacted{Redacted{text:t.to_owned(),found:vec![]}} pub fn redact_json(&self,v:serde_json::Value)->serde_json::Value{v} }
pub fn holds_marker(t:&str)->bool{t.contains(MARKER)}
