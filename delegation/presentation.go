package delegation

import (
	"time"

	"github.com/taperid/taper/vc"
)

// Presentation returns the chain as a W3C presentation, signed by its holder for
// one verifier (domain) and what it asked to have signed (challenge): the links as
// credentials, root first. It is evidence for people and for systems that know no
// chains, and never authority: no Verifier takes it.
func (h *Holder) Presentation(challenge, domain string, now time.Time) (string, error) {
	return vc.SignPresentation(vc.Presentation{
		Credentials: h.chain.raws(), Challenge: challenge, Domain: domain, IssuedAt: now,
	}, h.signer)
}
