//! Things that were made to be thrown away: emulators of clouds on this machine, clusters for tests, directories made anew.
//!
//! Asked by [`call`](crate::call); what is done to such a thing counts as shown only.

use crate::network::is_here;
use crate::opts;
use crate::paths::Class;
use crate::run::Machine;
use crate::value::Arg;

/// Clients of clouds, and what tells them of an emulator: a variable, an option.
const EMULATED: &[(&[&str], &[&str], &[&str])] = &[
    (
        &["aws", "sam", "cdk", "s3cmd", "s5cmd", "sls", "serverless"],
        &["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_DYNAMODB", "LOCALSTACK_ENDPOINT"],
        &["--endpoint-url", "--endpoint"],
    ),
    (
        &["gcloud", "gsutil", "bq"],
        &[
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_SPANNER",
            "STORAGE_EMULATOR_HOST",
            "PUBSUB_EMULATOR_HOST",
            "FIRESTORE_EMULATOR_HOST",
            "SPANNER_EMULATOR_HOST",
            "BIGTABLE_EMULATOR_HOST",
        ],
        &["--api-endpoint"],
    ),
    (
        &["az", "azcopy"],
        &["AZURE_STORAGE_BLOB_ENDPOINT"],
        &["--blob-endpoint", "--queue-endpoint", "--table-endpoint", "--account-url"],
    ),
];
/// Names of clusters that are made for tests on this machine.
const TEST_CLUSTERS: &[&str] =
    &["kind-", "k3d-", "minikube", "docker-desktop", "rancher-desktop", "colima", "orbstack", "microk8s-test"];
/// Programs that act on the directory they stand in.
const LOCAL: &[&str] = &[
    "reset",
    "clean",
    "checkout",
    "restore",
    "branch",
    "tag",
    "stash",
    "rebase",
    "rm",
    "commit",
    "gc",
    "reflog",
    "filter-branch",
    "filter-repo",
    "worktree",
    "merge",
    "cherry-pick",
    "revert",
    "switch",
    "am",
    "init",
    "add",
    "mv",
    "update-ref",
];

/// Whether a command acts on something that was made for a test.
pub(crate) fn is_toy(m: &Machine<'_>, name: &str, args: &[Arg]) -> bool {
    match name {
        "awslocal" | "cdklocal" | "samlocal" | "pulumilocal" | "azlocal" => true,
        "git" => {
            let sub = args.iter().find(|a| !a.is_option()).map_or("", |a| a.text.as_str());
            LOCAL.contains(&sub) && m.cwd.as_deref().is_some_and(|cwd| fresh(m, cwd))
        }
        "kubectl" | "helm" | "kustomize" => {
            let context = value(args, &["--context", "--kube-context"]);
            context.is_some_and(|c| TEST_CLUSTERS.iter().any(|t| c.starts_with(t)))
                && !args.iter().any(|a| matches!(a.text.as_str(), "exec" | "debug" | "run"))
        }
        "psql" | "createdb" | "dropdb" | "pg_restore" | "pg_dump" | "mysql" | "mysqladmin" | "redis-cli"
        | "mongosh" => value(args, &["-h", "--host", "-S", "--socket", "-s"]).is_some_and(|h| fresh(m, &h)),
        "initdb" | "pg_ctl" | "postgres" | "mysqld" | "mongod" | "redis-server" | "etcd" => {
            value(args, &["-D", "--pgdata", "--datadir", "--dbpath", "--dir", "--data-dir"])
                .is_some_and(|d| fresh(m, &d))
        }
        "sqlite3" | "duckdb" => {
            args.iter().find(|a| !a.is_option()).is_some_and(|a| a.text == ":memory:" || fresh(m, &a.text))
                && !args
                    .iter()
                    .any(|a| a.text.contains(['.', '\\']) && a.text.contains(".shell") || a.text.contains(".system"))
        }
        _ => EMULATED.iter().any(|(tools, variables, options)| {
            tools.contains(&name)
                && (value(args, options).is_some_and(|v| is_here(&v))
                    || variables.iter().any(|v| {
                        m.vars.get(*v).is_some_and(|v| !v.texts.is_empty() && v.texts.iter().all(|t| is_here(t)))
                    }))
        }),
    }
}

/// `--option value`, `--option=value`, `-ovalue`.
fn value(args: &[Arg], options: &[&str]) -> Option<String> {
    let valued: Vec<&str> = options.to_vec();
    opts::parse(args, &valued).value(options).map(|a| a.text.clone())
}

/// A temporary directory whose name nobody knew before: this text made it.
fn fresh(m: &Machine<'_>, path: &str) -> bool {
    let place = m.place(path);
    place.class == Class::Temp && crate::value::has_gap(&place.path)
}
