"""The Delta jars: fetched once at set-up into jars/ by the Ivy that Spark brings, checked by SHA-256, then used offline."""

import hashlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.utils import CryptographyDeprecationWarning

from jobs.errors import UserError
from jobs.java import find_java_home
from jobs.paths import JARS


@dataclass(frozen=True)
class Jar:
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        return JARS / f"{self.artifact}-{self.version}.jar"


DELTA = [
    Jar("delta-spark_4.1_2.13", "4.4.0", "75a9400986853c061f5109f012547de2545a5759e5e752e5ef633dabe16a4f10"),
    Jar("delta-storage", "4.4.0", "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc"),
    Jar("delta-kernel-api", "4.4.0", "ee9b5a14ac3b7efdff4d61a58478fe8eb0e5a3fbca43889dca7290795fe79a11"),
    Jar("delta-kernel-defaults", "4.4.0", "225c975199e4718b38ee5b7e6da7f19e9585024262b2cec2656b32151a856b0b"),
]


def missing() -> list[str]:
    """Names of the jars that are not there. Looks at presence only; `fetch` and `cpc doctor` check the bytes."""
    return [jar.path.name for jar in DELTA if not jar.path.exists()]


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch() -> None:
    """Bring every jar that is missing or does not match its checksum. Raises UserError for one that cannot be had or was changed."""
    for jar in DELTA:
        if jar.path.exists() and sha256(jar.path) == jar.sha256:
            continue
        with tempfile.TemporaryDirectory() as folder:
            fetched = _retrieve(jar, Path(folder))
            found = sha256(fetched)
            if found != jar.sha256:
                raise UserError(f"jars/{jar.path.name}: checksum {found} instead of {jar.sha256}; it was changed on its way, run `make setup` again")
            JARS.mkdir(exist_ok=True)
            partial = jar.path.with_suffix(".part")
            shutil.copyfile(fetched, partial)
            partial.replace(jar.path)
        print(f"fetched jars/{jar.path.name}", file=sys.stderr)


def _retrieve(jar: Jar, folder: Path) -> Path:
    import pyspark

    ivy = next(Path(pyspark.__file__).parent.joinpath("jars").glob("ivy-*.jar"))
    command = [
        *[str(find_java_home() / "bin" / "java"), *_trust_of_this_machine(folder), "-cp", str(ivy), "org.apache.ivy.Main", "-cache", str(folder / "cache")],
        *["-dependency", "io.delta", jar.artifact, jar.version, "-confs", "default", "-notransitive"],
        *["-retrieve", str(folder / "[artifact]-[revision].[ext]")],
    ]
    answer = subprocess.run(command, capture_output=True, text=True)
    fetched = folder / jar.path.name
    if answer.returncode != 0 or not fetched.exists():
        said = (answer.stdout + answer.stderr).strip().splitlines()
        raise UserError(
            f"jars/{jar.path.name}: could not be fetched ({said[-1] if said else 'no answer'}); check the network to Maven Central and run `make setup` again"
        )
    return fetched


def _trust_of_this_machine(folder: Path) -> list[str]:
    """Java options that trust the certificates that this machine trusts: behind a company's proxy a runtime's own list is not enough."""
    authorities = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not authorities:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # some authorities carry serial numbers that the standard forbids
        entries = [pkcs12.PKCS12Certificate(x509.load_der_x509_certificate(one), f"ca-{position}".encode()) for position, one in enumerate(authorities)]
    store = folder / "trust.p12"
    password = "changeit"
    store.write_bytes(pkcs12.serialize_java_truststore(entries, serialization.BestAvailableEncryption(password.encode())))
    return [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStoreType=PKCS12", f"-Djavax.net.ssl.trustStorePassword={password}"]


if __name__ == "__main__":
    try:
        fetch()
    except UserError as error:
        sys.exit(str(error))
