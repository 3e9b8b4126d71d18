package eventhttp

import (
	"encoding/json"

	"github.com/taperid/taper/revocation"
)

// The events that Effects knows (OpenID CAEP 1.0 and RISC 1.0).
const (
	caep = "https://schemas.openid.net/secevent/caep/event-type/"
	risc = "https://schemas.openid.net/secevent/risc/event-type/"

	SessionRevoked   = caep + "session-revoked"
	CredentialChange = caep + "credential-change"
	DeviceCompliance = caep + "device-compliance-change"
	RiskLevelChange  = caep + "risk-level-change"
	AccountPurged    = risc + "account-purged"
	AccountDisabled  = risc + "account-disabled"
	AccountEnabled   = risc + "account-enabled"
)

// Effects is what events do unless the configuration says otherwise:
//
//	account-purged                            revoked
//	credential-change, revoke or delete       revoked
//	account-disabled, session-revoked         suspended
//	account-enabled                           the suspension is lifted
//	risk-level-change to HIGH                 suspended
//	risk-level-change to MEDIUM               guarded, a suspension is lifted
//	risk-level-change to LOW                  both are lifted
//	device-compliance-change, not-compliant   guarded
//	device-compliance-change, compliant       the guard is lifted
//
// Any other event, or level, does nothing.
//
// An entry has one value and nobody remembers whose it is: an event lifts what the
// event of another issuer put there, or the operator. Where that must not be, let
// Config.Entries give each issuer entries of its own, and suspend by hand in a list
// that it gives nobody; what is revoked stays so in any case.
func Effects(e Event) []Effect {
	suspended, guarded := func(v uint8) Effect { return Effect{revocation.Suspension, v} }, func(v uint8) Effect { return Effect{revocation.Guarded, v} }
	revoked := []Effect{{revocation.Revocation, 1}}
	switch e.Type {
	case AccountPurged:
		return revoked
	case CredentialChange:
		if t := e.text("change_type"); t == "revoke" || t == "delete" {
			return revoked
		}
	case AccountDisabled, SessionRevoked:
		return []Effect{suspended(1)}
	case AccountEnabled:
		return []Effect{suspended(0)}
	case RiskLevelChange:
		switch e.text("current_level") {
		case "HIGH":
			return []Effect{suspended(1)}
		case "MEDIUM":
			return []Effect{guarded(1), suspended(0)}
		case "LOW":
			return []Effect{guarded(0), suspended(0)}
		}
	case DeviceCompliance:
		switch e.text("current_status") {
		case "not-compliant":
			return []Effect{guarded(1)}
		case "compliant":
			return []Effect{guarded(0)}
		}
	}
	return nil
}

// text returns a string of the payload, "" where there is none.
func (e *Event) text(name string) string {
	var members map[string]json.RawMessage
	var s string
	if json.Unmarshal(e.Payload, &members) != nil || json.Unmarshal(members[name], &s) != nil {
		return ""
	}
	return s
}
