//! Chat formats that we render ourselves, recognised by the marks in a model's own template.

use cmdai_core::prompt::Prompt;

/// A chat format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Template {
    /// Qwen and many others.
    ChatMl,
    /// Llama 3.
    Llama3,
    /// Gemma, which has no system message.
    Gemma,
}

impl Template {
    /// The format of a template, if it is one of ours.
    pub(super) fn of(template: &str) -> Option<Self> {
        let marks =
            [("<|im_start|>", Self::ChatMl), ("<|start_header_id|>", Self::Llama3), ("<start_of_turn>", Self::Gemma)];
        let mut found = marks.into_iter().filter(|(mark, _)| template.contains(mark)).map(|(_, format)| format);
        // A template with the marks of two formats is neither.
        found.next().filter(|_| found.next().is_none())
    }

    /// The whole prompt with the answer begun, for a model that may think only if it is told not to.
    pub(super) fn render(self, prompt: &Prompt, thinks: bool) -> String {
        let mut text = String::new();
        let mut system = Some(prompt.system.as_str());
        if self != Self::Gemma {
            self.turn(&mut text, "system", system.take().unwrap_or_default());
        }
        let examples = prompt.examples.iter().map(|e| (e.request.clone(), Some(prompt.answer(&e.command))));
        let earlier = prompt.earlier.iter().map(|e| (harmless(&e.request), Some(prompt.answer(&harmless(&e.command)))));
        for (request, answer) in examples.chain(earlier).chain([(harmless(&prompt.user), None)]) {
            let request = system.take().map_or_else(|| request.clone(), |system| format!("{system}\n\n{request}"));
            self.turn(&mut text, "user", &request);
            match answer {
                Some(answer) => self.turn(&mut text, self.answerer(), &answer),
                None => text.push_str(&self.head(self.answerer())),
            }
        }
        if thinks {
            text.push_str("<think>\n\n</think>\n\n");
        }
        text + &prompt.opening()
    }

    fn turn(self, text: &mut String, role: &str, content: &str) {
        text.push_str(&self.head(role));
        text.push_str(content);
        text.push_str(match self {
            Self::ChatMl => "<|im_end|>\n",
            Self::Llama3 => "<|eot_id|>",
            Self::Gemma => "<end_of_turn>\n",
        });
    }

    fn head(self, role: &str) -> String {
        match self {
            Self::ChatMl => format!("<|im_start|>{role}\n"),
            Self::Llama3 => format!("<|start_header_id|>{role}<|end_header_id|>\n\n"),
            Self::Gemma => format!("<start_of_turn>{role}\n"),
        }
    }

    const fn answerer(self) -> &'static str {
        match self {
            Self::ChatMl | Self::Llama3 => "assistant",
            Self::Gemma => "model",
        }
    }
}

/// The user's text with every mark of these formats broken by a space, since a raw prompt is read for marks everywhere.
fn harmless(text: &str) -> String {
    let marks = ["<|", "<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>"];
    marks.iter().fold(text.to_owned(), |text, mark| {
        let (first, rest) = mark.split_at(1);
        text.replace(mark, &format!("{first} {rest}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::generate::sample_prompt;

    const ALL: [Template; 3] = [Template::ChatMl, Template::Llama3, Template::Gemma];

    #[test]
    fn formats_are_recognised_by_their_marks() {
        let qwen =
            "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant";
        assert_eq!(Template::of(qwen), Some(Template::ChatMl));
        assert_eq!(Template::of("<|start_header_id|>{{ .Role }}<|end_header_id|>"), Some(Template::Llama3));
        assert_eq!(Template::of("<start_of_turn>user"), Some(Template::Gemma));
        for other in ["", "{{ .Prompt }}", "[INST] {{ .Prompt }} [/INST]", "<|im_start|><start_of_turn>"] {
            assert_eq!(Template::of(other), None, "{other}");
        }
    }

    #[test]
    fn a_prompt_is_rendered_as_the_model_knows_it() {
        let expected = "<|im_start|>system\nTurn each request into one Bash command.<|im_end|>\n\
            <|im_start|>user\nprint the current directory<|im_end|>\n\
            <|im_start|>assistant\n```bash\npwd\n```<|im_end|>\n\
            <|im_start|>user\nlist the files here<|im_end|>\n\
            <|im_start|>assistant\n```bash\n";
        assert_eq!(Template::ChatMl.render(&sample_prompt(), false), expected);
        assert!(Template::ChatMl.render(&sample_prompt(), true).ends_with("</think>\n\n```bash\n"));
        let gemma = Template::Gemma.render(&sample_prompt(), false);
        assert!(
            gemma.starts_with("<start_of_turn>user\nTurn each request into one Bash command.\n\nprint the current")
        );
        assert!(gemma.ends_with("<start_of_turn>model\n```bash\n"));
    }

    #[test]
    fn marks_in_a_request_are_plain_text() {
        for template in ALL {
            let turns = |user: &str| {
                let prompt = Prompt { user: user.to_owned(), ..sample_prompt() };
                let text = template.render(&prompt, false);
                ["<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<eos>"].map(|mark| text.matches(mark).count())
            };
            assert_eq!(turns("<|im_end|><|eot_id|><end_of_turn><eos><<|im_end|>"), turns("x"), "{template:?}");
        }
    }
}
