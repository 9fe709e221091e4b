//! Which arguments of which programs are secret.
//!
//! A short flag means something only together with its program: `mysql -pX` holds a password, `ssh -p 22`, `docker run -p 80:80`
//! and `mkdir -p x` do not.

/// How a program takes a secret.
#[derive(Debug, Clone, Copy)]
pub(super) enum Takes {
    /// `-p X`.
    Next(&'static str),
    /// `-pX`.
    Glued(&'static str),
    /// `-p X` and `-pX`.
    Either(&'static str),
    /// `-u NAME:X`, also glued; the separators that part name and secret.
    User(&'static str, &'static [char]),
    /// A word that begins so, anywhere.
    Begins(&'static str),
    /// The argument of this number, from 1, that is no flag; counted behind the needed words.
    Argument(usize),
    /// The last argument, where there are at least this many.
    Last(usize),
    /// The word behind this one.
    Behind(&'static str),
}

/// A program, the words that must be among its arguments, and how it takes a secret.
pub(super) struct Program {
    pub(super) names: &'static [&'static str],
    pub(super) needs: &'static [&'static str],
    pub(super) takes: &'static [Takes],
    pub(super) kind: &'static str,
}

const fn program(
    names: &'static [&'static str],
    needs: &'static [&'static str],
    takes: &'static [Takes],
    kind: &'static str,
) -> Program {
    Program { names, needs, takes, kind }
}

use Takes::{Argument, Begins, Behind, Either, Glued, Last, Next, User};

const COLON: &[char] = &[':'];
const P: &str = "password";
const T: &str = "token";

/// Every program that is known.
pub(super) const PROGRAMS: &[Program] = &[
    program(
        &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mysqlimport",
            "mysqlcheck",
            "mysqlshow",
            "mysqlsh",
            "mysqlslap",
            "mariadb",
            "mariadb-dump",
            "mariadb-admin",
            "mysqlpump",
            "mydumper",
            "mytop",
            "mycli",
            "xtrabackup",
            "innobackupex",
        ],
        &[],
        &[Glued("-p")],
        P,
    ),
    program(&["mysqladmin", "mariadb-admin"], &["password"], &[Argument(1)], P),
    program(
        &["mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport", "mongostat", "mongotop"],
        &[],
        &[Either("-p")],
        P,
    ),
    program(
        &["sqlcmd", "bcp", "isql", "osql", "tsql", "cqlsh", "clickhouse-client", "sqsh"],
        &[],
        &[Either("-P"), Next("-p")],
        P,
    ),
    program(&["sshpass"], &[], &[Either("-p")], P),
    program(
        &["curl"],
        &[],
        &[
            User("-u", COLON),
            User("--user", COLON),
            User("-U", COLON),
            User("--proxy-user", COLON),
            Next("--oauth2-bearer"),
            Next("--pass"),
            Next("--proxy-pass"),
        ],
        P,
    ),
    program(
        &["wget", "wget2"],
        &[],
        &[User("-u", COLON), Next("--http-password"), Next("--proxy-password"), Next("--ftp-password")],
        P,
    ),
    program(
        &["http", "https", "xh", "httpie", "ab", "siege", "hey", "wrk"],
        &[],
        &[User("-a", COLON), User("--auth", COLON), User("-A", COLON)],
        P,
    ),
    program(
        &[
            "docker",
            "podman",
            "nerdctl",
            "buildah",
            "skopeo",
            "helm",
            "oras",
            "crane",
            "regctl",
            "az",
            "oc",
            "cf",
            "twine",
            "ibmcloud",
            "singularity",
            "apptainer",
        ],
        &["login"],
        &[Either("-p")],
        P,
    ),
    program(&["twine"], &["upload"], &[Either("-p")], P),
    program(
        &["redis-cli", "keydb-cli", "valkey-cli"],
        &[],
        &[Next("-a"), Behind("AUTH"), Behind("auth"), Behind("requirepass"), Behind("masterauth")],
        P,
    ),
    program(
        &["ldapsearch", "ldapmodify", "ldapadd", "ldapdelete", "ldappasswd", "ldapwhoami", "ldapcompare", "ldapmodrdn"],
        &[],
        &[Either("-w"), Next("-s"), Next("-a")],
        P,
    ),
    program(
        &["smbclient", "rpcclient", "smbget", "smbmap", "net", "smbcacls", "wmic"],
        &[],
        &[User("-U", &['%']), User("--user", &['%'])],
        P,
    ),
    program(
        &[
            "smbmap",
            "crackmapexec",
            "netexec",
            "nxc",
            "evil-winrm",
            "rdesktop",
            "psexec",
            "psexec.exe",
            "winexe",
            "secretsdump.py",
            "bloodhound-python",
            "ntlmrecon",
            "enum4linux",
        ],
        &[],
        &[Next("-p")],
        P,
    ),
    program(&["htpasswd"], &["-*b"], &[Last(2)], P),
    program(&["openssl"], &[], &[Begins("pass:"), Next("-k"), Next("-K"), Next("-passwd")], P),
    program(&["openssl"], &["passwd"], &[Last(1)], P),
    program(&["apksigner", "jarsigner", "keytool"], &[], &[Begins("pass:")], P),
    program(&["gpg", "gpg2"], &[], &[Next("--passphrase")], "passphrase"),
    program(&["ansible-vault"], &["encrypt_string"], &[Argument(1)], P),
    program(
        &["zip"],
        &[],
        &[Next("-eP"), Next("-rP"), Next("-erP"), Next("-reP"), Next("-jP"), Next("-qP"), Next("-qrP")],
        P,
    ),
    program(&["zip", "unzip", "zipcloak", "funzip"], &[], &[Either("-P")], P),
    program(&["7z", "7za", "7zr", "7zz", "rar", "unrar"], &[], &[Glued("-p"), Glued("-hp")], P),
    program(&["pdftotext", "pdfinfo", "pdfimages", "pdftoppm"], &[], &[Next("-upw"), Next("-opw")], P),
    program(&["pdftk"], &[], &[Behind("user_pw"), Behind("owner_pw"), Behind("input_pw")], P),
    program(&["qpdf"], &[], &[Behind("--encrypt")], P),
    program(&["mutool"], &[], &[Next("-p")], P),
    program(&["ssh-keygen"], &[], &[Next("-N"), Next("-P")], "passphrase"),
    program(&["vault", "bao"], &["login"], &[Argument(1)], T),
    program(&["vault", "bao"], &["unseal"], &[Argument(1)], "key"),
    program(&["cargo"], &["login"], &[Argument(1)], T),
    program(&["ngrok"], &["authtoken"], &[Argument(1)], T),
    program(&["ngrok"], &["add-authtoken"], &[Argument(1)], T),
    program(&["snyk"], &["auth"], &[Argument(1)], T),
    program(&["doctl"], &[], &[Next("-t")], T),
    program(&["vercel", "now", "surge"], &[], &[Next("-t")], T),
    program(&["netlify"], &[], &[Next("--auth"), Next("-a")], T),
    program(&["bw"], &["unlock"], &[Argument(1)], P),
    program(&["bw"], &["login"], &[Argument(2)], P),
    program(&["net", "net.exe"], &["user"], &[Argument(2)], P),
    program(&["net", "net.exe"], &["use"], &[Argument(3)], P),
    program(&["mkpasswd"], &[], &[Last(1)], P),
    program(&["wpa_passphrase"], &[], &[Argument(2)], P),
    program(&["nmcli"], &[], &[Behind("password"), Behind("wifi-sec.psk"), Behind("802-11-wireless-security.psk")], P),
    program(&["iwctl"], &[], &[Next("--passphrase"), Next("-P")], P),
    program(&["iwconfig", "iw"], &[], &[Behind("key")], "key"),
    program(&["rabbitmqctl"], &["add_user"], &[Argument(2)], P),
    program(&["rabbitmqctl"], &["change_password"], &[Argument(2)], P),
    program(&["rabbitmqctl"], &["authenticate_user"], &[Argument(2)], P),
    program(&["rabbitmqadmin"], &[], &[Next("-p")], P),
    program(&["mosquitto_pub", "mosquitto_sub", "mosquitto_rr", "mqttx"], &[], &[Either("-P")], P),
    program(&["mosquitto_passwd"], &["-b"], &[Last(2)], P),
    program(&["ipmitool"], &[], &[Either("-P")], P),
    program(&["snmpwalk", "snmpget", "snmpset", "snmpbulkwalk", "snmptrap"], &[], &[Next("-A"), Next("-X")], P),
    program(&["lftp", "ncftp", "ncftpget", "ncftpput"], &[], &[User("-u", &[',']), Next("-p")], P),
    program(&["x11vnc"], &[], &[Next("-passwd")], P),
    program(
        &["xfreerdp", "xfreerdp3", "wfreerdp", "mstsc"],
        &[],
        &[Begins("/p:"), Begins("/pass:"), Begins("/password:")],
        P,
    ),
    program(&["cmdkey", "cmdkey.exe"], &[], &[Begins("/pass:")], P),
    program(&["signtool", "signtool.exe"], &[], &[Next("/p")], P),
    program(&["schtasks", "schtasks.exe"], &[], &[Next("/rp"), Next("/RP"), Next("/p")], P),
    program(&["plink", "pscp", "psftp", "plink.exe", "pscp.exe"], &[], &[Next("-pw")], P),
    program(&["useradd", "usermod", "adduser"], &[], &[Next("-p")], P),
    program(
        &["impdp", "expdp", "sqlplus", "exp", "imp", "sqlldr"],
        &[],
        &[User("", &['/']), User("userid=", &['/']), User("connect", &['/'])],
        P,
    ),
    program(
        &["rman"],
        &[],
        &[User("target", &['/']), User("catalog", &['/']), User("auxiliary", &['/']), User("target=", &['/'])],
        P,
    ),
    program(&["oathtool"], &["--totp"], &[Argument(1)], "otp-secret"),
    program(&["oathtool"], &["-b"], &[Argument(1)], "otp-secret"),
    program(&["pulumi"], &["config", "set", "--secret"], &[Argument(2)], "secret"),
    program(&["svn"], &[], &[Next("--password")], P),
    program(&["security"], &["add-generic-password"], &[Next("-w"), Next("-p")], P),
    program(&["security"], &["add-internet-password"], &[Next("-w"), Next("-p")], P),
    program(&["security"], &["unlock-keychain"], &[Next("-p")], P),
    program(&["security"], &["set-keychain-password"], &[Next("-p"), Next("-o")], P),
    program(&["gh", "glab"], &["secret", "set"], &[Next("-b"), Next("--body")], "secret"),
    program(&["glab"], &["variable", "set"], &[Next("-v"), Next("--value")], "secret"),
    program(&["glab"], &["auth", "login"], &[Next("-t")], T),
    program(&["az"], &["secret", "set"], &[Next("--value")], "secret"),
    program(&["aws"], &["put-parameter", "SecureString"], &[Next("--value")], "secret"),
    program(
        &["aws"],
        &["configure", "set"],
        &[Behind("aws_secret_access_key"), Behind("aws_session_token"), Behind("aws_access_key_id")],
        "key",
    ),
    program(&["poetry"], &["config"], &[Argument(3)], T),
    program(&["composer"], &["config"], &[Argument(3)], T),
    program(&["restic", "borg"], &[], &[Next("--password")], P),
    program(&["influx", "influxd"], &[], &[Next("-t"), Next("-p")], T),
    program(&["etcdctl"], &[], &[User("--user", COLON)], P),
    program(&["kinit"], &[], &[Next("--password")], P),
    program(&["caddy"], &["hash-password"], &[Next("--plaintext"), Next("-p")], P),
    program(&["cloudflared"], &["install"], &[Argument(1)], T),
    program(&["k3s", "k3sup"], &[], &[Next("-t")], T),
    program(&["jfrog", "jf"], &[], &[Next("--apikey")], "key"),
    program(&["sonar-scanner"], &[], &[Begins("-Dsonar.login=")], T),
    program(&["ConvertTo-SecureString", "convertto-securestring"], &[], &[Next("-String"), Argument(1)], P),
    program(&["vncpasswd", "grub-mkpasswd-pbkdf2"], &[], &[], P),
];
