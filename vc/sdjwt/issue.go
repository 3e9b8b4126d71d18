package sdjwt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// IssueOptions say what the holder may leave out, and who the holder is.
type IssueOptions struct {
	// Disclosable are JSON pointers (RFC 6901) to the claims, at any depth, that are
	// shown only where the holder wants: members of objects and elements of arrays.
	Disclosable []string

	// Holder is the key whose proof a presentation needs. The zero Key makes a
	// credential that everybody can present who has a copy.
	Holder did.Key

	// Decoys is how many digests of nothing are put beside every group of
	// disclosable claims, so that their number says less. At most 64.
	Decoys int
}

const (
	maxDecoys = 64
	maxHead   = 8 << 10 // for the header and the signature
)

// Issue secures claims, a JSON object, as their issuer. Claims with a vct become an
// SD-JWT VC, the iss filled in where it is missing; claims with an @context are a
// credential of Data Model 2.0, whose issuer must be there. Another issuer than the
// signer is an error, and a cnf is not the caller's to write. What Verify would
// refuse is not issued.
func Issue(claims []byte, signer *did.Signer, opts IssueOptions) (string, error) {
	if signer == nil {
		return "", fmt.Errorf("%w: no signer", vc.ErrKey)
	}
	if opts.Decoys < 0 || opts.Decoys > maxDecoys {
		return "", fmt.Errorf("%w: %d decoys, want 0 to %d", vc.ErrOptions, opts.Decoys, maxDecoys)
	}
	if len(claims) > vc.MaxBytes/2 {
		return "", fmt.Errorf("%w: %d bytes before signing", vc.ErrSize, len(claims))
	}
	f, err := formatOf(claims, string(W3C))
	if err != nil {
		return "", err
	}
	b := &blinder{open: slices.Clone(opts.Disclosable), decoys: opts.Decoys}
	if b.added, err = added(f, claims, signer, opts.Holder); err != nil {
		return "", err
	}
	payload, err := b.blind(f, claims)
	if err != nil {
		return "", err
	}
	if err := b.check(f, payload, signer); err != nil {
		return "", err
	}
	h := jose.Header{Alg: signer.Key().Algorithm(), Typ: string(f), Kid: signer.Method()}
	text, err := jose.Sign(h, payload, signer.Sign)
	if err != nil {
		return "", err
	}
	return text + "~" + strings.Join(append(b.disclosures, ""), "~"), nil
}

// check reads what is to be signed as a verifier would.
func (b *blinder) check(f vc.Format, payload []byte, signer *did.Signer) error {
	if n := len(b.disclosures); n > MaxDisclosures {
		return fmt.Errorf("%w: %d, at most %d", ErrDisclosure, n, MaxDisclosures)
	}
	disclosures, err := parseDisclosures(b.disclosures)
	if err != nil {
		return err
	}
	text, err := unfold(f, payload, disclosures)
	if err != nil {
		return err
	}
	c, err := readClaims(f, text, false)
	if err != nil {
		return err
	}
	if c.iss != signer.DID().String() {
		return fmt.Errorf("%w: %s cannot sign for %.80q", vc.ErrIssuer, signer.DID(), c.iss)
	}
	size := len(payload) * 4 / 3
	for _, d := range b.disclosures {
		size += len(d) + 1
	}
	if size > vc.MaxBytes-maxHead {
		return fmt.Errorf("%w: %d bytes before signing", vc.ErrSize, size)
	}
	return nil
}

// added returns the members that Issue itself puts at the top.
func added(f vc.Format, claims []byte, signer *did.Signer, holder did.Key) (members []byte, err error) {
	hasIssuer := false
	err = strictjson.Read(claims, len(claims), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			if name == "cnf" {
				return fmt.Errorf("%w: the claims have one: say Holder", ErrConfirmation)
			}
			hasIssuer = hasIssuer || name == "iss"
			return r.Skip()
		})
	})
	if err != nil {
		return nil, jsonError(err)
	}
	if f == VC && !hasIssuer {
		members = append(strictjson.AppendString([]byte(`"iss":`), signer.DID().String()), ',')
	}
	if holder.Type() != "" {
		cnf, err := confirmationJSON(holder)
		if err != nil {
			return nil, err
		}
		members = append(append(append(members, `"cnf":`...), cnf...), ',')
	}
	return members, nil
}
