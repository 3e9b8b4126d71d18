package sdjwt

import (
	"bytes"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// claims are what the claims of a credential say to a verifier.
type claims struct {
	format        vc.Format
	text          []byte // all of them
	vct           string
	iss, sub, jti string
	nbf, exp, iat time.Time
	aud           []string
	holder        *confirmation // of cnf
	status        []vc.StatusEntry

	credential *vc.Credential // of Data Model 2.0

	proofOnly bool   // the key is the caller's to judge, as VerifyOptions.Key says
	url       string // the issuer, where it is no DID and may be
}

// registered are the claims that mean something here. A name that differs from
// one of them in case alone is refused: it would be a restriction lost.
var registered = []string{"iss", "sub", "jti", "nbf", "exp", "iat", "aud", "cnf", "vct", "vct#integrity", "status"}

// formatOf tells an SD-JWT VC from a credential of Data Model 2.0, by what is
// always shown of each.
func formatOf(payload []byte, typ string) (vc.Format, error) {
	var isVC, isW3C bool
	err := strictjson.Read(payload, len(payload), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			isVC = isVC || name == "vct"
			isW3C = isW3C || name == "@context"
			return r.Skip()
		})
	})
	switch {
	case err != nil:
		return "", jsonError(err)
	case isVC == isW3C:
		return "", fmt.Errorf("%w: want either vct or @context", ErrType)
	case isVC:
		return VC, nil
	case typ != string(W3C):
		return "", fmt.Errorf("%w: a %s with an @context", vc.ErrTyp, typ)
	}
	return W3C, nil
}

// readClaims reads unfolded claims.
func readClaims(f vc.Format, text []byte, proofOnly bool) (*claims, error) {
	c := &claims{format: f, text: text, proofOnly: proofOnly}
	var rest []byte // the credential, of Data Model 2.0
	err := strictjson.Read(text, len(text), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			if ok, err := c.read(r, name); ok || err != nil {
				return err
			}
			raw, err := r.Raw()
			if err == nil && name == "issuer" && proofOnly {
				raw, err = c.standIn(raw)
			}
			rest = append(append(strictjson.AppendString(append(rest, ','), name), ':'), raw...)
			return err
		})
	})
	if err != nil {
		return nil, jsonError(err)
	}
	if f == W3C {
		err = c.readCredential(append(bytes.Replace(rest, []byte(","), []byte("{"), 1), '}'))
	} else if c.iss == "" {
		err = fmt.Errorf("%w: no iss", vc.ErrClaims)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// read reads one claim and reports whether name is one that it knows.
func (c *claims) read(r *strictjson.Reader, name string) (ok bool, err error) {
	switch name {
	case "iss":
		c.iss, err = r.String()
	case "sub":
		c.sub, err = r.String()
	case "jti":
		c.jti, err = r.String()
	case "nbf":
		c.nbf, err = readTime(r)
	case "exp":
		c.exp, err = readTime(r)
	case "iat":
		if c.proofOnly && r.Kind() == '"' { // as the suite of VC-JOSE-COSE has it
			return true, r.Skip()
		}
		c.iat, err = readTime(r)
	case "aud":
		c.aud, err = readAudience(r)
	case "cnf":
		c.holder, err = readConfirmation(r)
	default:
		return c.readOwn(r, name)
	}
	if err != nil {
		err = claimError(name, err)
	}
	return true, err
}

// readOwn reads the claims of SD-JWT VC.
func (c *claims) readOwn(r *strictjson.Reader, name string) (ok bool, err error) {
	switch {
	case c.format == W3C && slices.Contains([]string{"vct", "vct#integrity", "status"}, name):
		return true, fmt.Errorf("%w: %s beside a credential of Data Model 2.0", vc.ErrClaims, name)
	case name == "vct":
		if c.vct, err = r.String(); err == nil && c.vct == "" {
			err = fmt.Errorf("%w: empty vct", ErrType)
		}
	case name == "status":
		c.status, err = readStatus(r)
	default:
		for _, known := range registered {
			if strings.EqualFold(name, known) && name != known {
				return true, fmt.Errorf("%w: claim %.40q, want %q", vc.ErrClaims, name, known)
			}
		}
		return false, nil
	}
	if err != nil {
		err = claimError(name, err)
	}
	return true, err
}

func claimError(name string, err error) error {
	return fmt.Errorf("%w: %s: %w", vc.ErrClaims, name, err)
}

// types are what a verifier must take one of.
func (c *claims) types() []string {
	if c.credential != nil {
		return c.credential.Type
	}
	return []string{c.vct}
}

// readTime reads a NumericDate (RFC 7519 section 2).
func readTime(r *strictjson.Reader) (time.Time, error) {
	f, _, err := r.Number()
	if err != nil {
		return time.Time{}, err
	}
	const last = 253402300799 // of the year 9999; more are milliseconds
	if f < 0 || f > last {
		return time.Time{}, fmt.Errorf("%w: %v, want seconds since 1970 up to the year 9999", vc.ErrTime, f)
	}
	sec, frac := math.Modf(f)
	return time.Unix(int64(sec), int64(frac*1e9)).UTC(), nil
}

// readAudience reads a string or an array of strings.
func readAudience(r *strictjson.Reader) (out []string, err error) {
	add := func(int) error {
		s, err := r.String()
		if err == nil && s == "" {
			err = fmt.Errorf("%w: empty", vc.ErrClaims)
		}
		out = append(out, s)
		return err
	}
	if r.Kind() == '"' {
		return out, add(0)
	}
	n, err := r.Array(maxAudience, add)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: for nobody", vc.ErrClaims)
	}
	return out, err
}

const maxAudience = 100

// tokenStatusList is the type under which a status checker, such as package
// revocation's, knows an entry of an IETF list.
const tokenStatusList = "TokenStatusList"

// readStatus reads the status of an SD-JWT VC: one entry of a Token Status List
// (draft-ietf-oauth-status-list section 6.2).
func readStatus(r *strictjson.Reader) ([]vc.StatusEntry, error) {
	e := vc.StatusEntry{Type: tokenStatusList}
	err := r.Object(func(name string) error {
		if name != "status_list" {
			return fmt.Errorf("%w: %.40q", vc.ErrStatusEntry, name)
		}
		return r.Object(func(name string) (err error) {
			switch name {
			case "idx":
				var n int64
				if n, err = r.Int(); err == nil && n < 0 {
					err = fmt.Errorf("%w: idx %d", vc.ErrStatusEntry, n)
				}
				e.Index = strconv.FormatInt(n, 10)
			case "uri":
				e.List, err = readURI(r)
			default:
				err = fmt.Errorf("%w: %.40q", vc.ErrStatusEntry, name)
			}
			return err
		})
	})
	if err == nil && (e.Index == "" || e.List == "") {
		err = fmt.Errorf("%w: want idx and uri", vc.ErrStatusEntry)
	}
	return []vc.StatusEntry{e}, err
}

func readURI(r *strictjson.Reader) (string, error) {
	s, err := r.String()
	if err != nil {
		return "", err
	}
	if u, err := url.Parse(s); err != nil || !u.IsAbs() || len(s) > did.MaxLen {
		return "", fmt.Errorf("%w: uri %.80q", vc.ErrStatusEntry, s)
	}
	return s, nil
}
