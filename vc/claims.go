package vc

import (
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
)

// claims are the registered claims (RFC 7519 section 4.1) that may stand beside a
// credential or a presentation. In a JWT of VC 1.1 they may also stand for it.
type claims struct {
	iss, sub, jti string
	exp, nbf, iat time.Time
	aud           []string
	nonce         string

	anyURL bool // whether iss may be a URL that is no DID, and iat the text of a time
}

// read reads one claim and reports whether name is one.
func (cl *claims) read(r *strictjson.Reader, name string) (ok bool, err error) {
	switch name {
	case "iss":
		cl.iss, err = r.String()
	case "sub":
		cl.sub, err = r.String()
	case "jti":
		cl.jti, err = r.String()
	case "exp":
		cl.exp, err = readNumericDate(r, name)
	case "nbf":
		cl.nbf, err = readNumericDate(r, name)
	case "iat":
		if cl.anyURL && r.Kind() == '"' { // as the suite of VC-JOSE-COSE has it
			return true, r.Skip()
		}
		cl.iat, err = readNumericDate(r, name)
	case "aud":
		cl.aud, err = readStrings(r, ErrClaims)
	case "nonce":
		cl.nonce, err = r.String()
	default:
		return false, nil
	}
	if err != nil {
		err = fmt.Errorf("%w: %s: %w", ErrClaims, name, err)
	}
	return true, err
}

func readNumericDate(r *strictjson.Reader, name string) (time.Time, error) {
	f, _, err := r.Number()
	if err != nil {
		return time.Time{}, err
	}
	return numericDate(f, name)
}

// apply makes c say what the claims say: a claim fills what c leaves out, and
// refuses what c states otherwise (VC-JOSE-COSE section 3.1.1; VC 1.1 section
// 6.3.1 would let the claim win, which makes two credentials of one).
func (cl *claims) apply(c *Credential) error {
	if cl.iss != "" && c.issuerID() == "" {
		d, err := did.Parse(cl.iss)
		if err != nil {
			return fmt.Errorf("%w: iss: %w", ErrClaims, err)
		}
		c.Issuer = d
	}
	if cl.iss != "" && cl.iss != c.issuerID() {
		return fmt.Errorf("%w: iss %.80q, issuer %s", ErrClaims, cl.iss, c.issuerID())
	}
	if cl.jti != "" && !isURL(cl.jti) {
		return fmt.Errorf("%w: jti %.80q is not a URL", ErrClaims, cl.jti)
	}
	if err := agree("jti", cl.jti, &c.ID); err != nil {
		return err
	}
	if err := cl.applySubject(c); err != nil {
		return err
	}
	if err := agreeTime("nbf", cl.nbf, &c.ValidFrom); err != nil {
		return err
	}
	return agreeTime("exp", cl.exp, &c.ValidUntil)
}

func (cl *claims) applySubject(c *Credential) error {
	if cl.sub == "" {
		return nil
	}
	if len(c.Subject) != 1 {
		return fmt.Errorf("%w: sub beside %d subjects", ErrClaims, len(c.Subject))
	}
	s := &c.Subject[0]
	if s.ID == "" && !c.IsV1() {
		return fmt.Errorf("%w: sub beside a subject without id", ErrClaims)
	}
	return agree("sub", cl.sub, &s.ID)
}

func agree(claim, value string, member *string) error {
	if value == "" {
		return nil
	}
	if *member == "" {
		*member = value
	}
	if *member != value {
		return fmt.Errorf("%w: %s is %.80q, the credential says %.80q", ErrClaims, claim, value, *member)
	}
	return nil
}

// agreeTime compares to the second, since one of the two may have a fraction.
func agreeTime(claim string, value time.Time, member *time.Time) error {
	if value.IsZero() {
		return nil
	}
	if member.IsZero() {
		*member = value
	}
	if member.Unix() != value.Unix() {
		return fmt.Errorf("%w: %s is %s, the credential says %s", ErrClaims, claim, formatTime(value), formatTime(*member))
	}
	return nil
}
