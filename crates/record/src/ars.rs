//! The Amtlicher Regionalschlüssel (ARS) and the Amtlicher Gemeindeschlüssel (AGS) derived from it.

use std::fmt;
use std::str::FromStr;

/// A regional key: 2 digits for a Land, 3 for a Regierungsbezirk, 5 for a Kreis, 9 for a
/// Gemeindeverband, 12 for a Gemeinde (Destatis, Gemeindeverzeichnis-Informationssystem).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ars(String);

/// Why a text is no regional key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no Regionalschlüssel (ARS): 2, 3, 5, 9 or 12 digits, the first two from 01 to 16")]
pub struct ArsError(String);

impl Ars {
    /// All digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 8 digits of the Gemeindeschlüssel, where the key is that of a Gemeinde:
    /// Land, Regierungsbezirk and Kreis (1-5), then the Gemeinde (10-12); the Verband is left out.
    pub fn ags(&self) -> Option<String> {
        if self.0.len() != 12 {
            return None;
        }
        Some([self.0.get(..5)?, self.0.get(9..)?].concat())
    }
}

impl FromStr for Ars {
    type Err = ArsError;

    fn from_str(text: &str) -> Result<Ars, ArsError> {
        let digits = matches!(text.len(), 2 | 3 | 5 | 9 | 12) && text.bytes().all(|b| b.is_ascii_digit());
        let land = text.get(..2).and_then(|land| land.parse::<u8>().ok());
        match land {
            Some(1..=16) if digits => Ok(Ars(text.to_owned())),
            _ => Err(ArsError(text.to_owned())),
        }
    }
}

impl fmt::Display for Ars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::ars::Ars;

    #[test]
    fn the_gemeindeschluessel_leaves_the_verband_out() {
        // Dornburg-Camburg in the Saale-Holzland-Kreis: the Verband 5012 stands only in the ARS.
        let ars: Ars = "160745012116".parse().unwrap();
        assert_eq!(ars.ags().as_deref(), Some("16074116"));
        assert_eq!("16".parse::<Ars>().unwrap().ags(), None);
    }

    #[test]
    fn other_digits_are_refused() {
        for text in ["", "1", "1605300000", "160530000000 ", "990000000000", "16053x000000"] {
            assert!(text.parse::<Ars>().is_err(), "{text}");
        }
    }
}
