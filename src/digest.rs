//! Text → digest. The one file that names `sha2`.

use sha2::{Digest, Sha256};

/// The first 16 hex digits of the SHA-256 of the text.
pub fn of(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
