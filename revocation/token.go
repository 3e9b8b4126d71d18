package revocation

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// tokenKind is a Status List Token (draft-ietf-oauth-status-list section 5.1).
var tokenKind = jose.Kind{Typ: "statuslist+jwt"}

// ParseTokenEntry reads the status claim of a JWT or SD-JWT that refers to an IETF
// list: {"status_list": {"idx": 0, "uri": "https://..."}}
// (draft-ietf-oauth-status-list section 6.2). Other mechanisms beside it, which
// nobody would check, are ErrEntry.
func ParseTokenEntry(claim []byte) (vc.StatusEntry, error) {
	e := vc.StatusEntry{Type: entryToken}
	index := int64(-1)
	err := strictjson.Read(claim, maxListBytes, func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			if name != "status_list" {
				return fmt.Errorf("%w: status mechanism %.40q", ErrEntry, name)
			}
			return r.Object(func(name string) (err error) {
				switch name {
				case "idx":
					index, err = r.Int()
				case "uri":
					e.List, err = r.String()
				default:
					err = fmt.Errorf("%w: member %.40q of status_list", ErrEntry, name)
				}
				return err
			})
		})
	})
	if err == nil && index < 0 {
		err = fmt.Errorf("%w: no idx, or one below 0", ErrEntry)
	}
	if err == nil {
		err = checkURL(e.List)
	}
	if err != nil {
		if !errors.Is(err, ErrEntry) && !errors.Is(err, ErrURL) {
			err = fmt.Errorf("%w: %v", ErrEntry, err)
		}
		return vc.StatusEntry{}, err
	}
	e.Index = strconv.FormatInt(index, 10)
	return e, nil
}

// verifyToken checks a Status List Token. ok is false for what is another kind of
// token, or none.
func verifyToken(ctx context.Context, data []byte, opts vc.VerifyOptions) (l *List, ok bool, err error) {
	if len(data) > 0 && data[0] == '{' {
		return nil, false, nil
	}
	t, err := jose.Parse(string(data), maxListBytes, tokenKind)
	if err == nil {
		l, err = openToken(ctx, t, opts)
		return l, true, err
	}
	return nil, false, nil // package vc says what it is, or what is wrong with it
}

// openToken checks who signed a token before anything else of it is read.
func openToken(ctx context.Context, t *jose.Token, opts vc.VerifyOptions) (*List, error) {
	method, err := did.ParseURL(t.Header.Kid)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSigner, err)
	}
	if !opts.AnyIssuer && !slices.Contains(opts.Issuers, method.DID) {
		return nil, fmt.Errorf("%w: %.120q", ErrSigner, method.DID.String())
	}
	key, err := did.FindKey(ctx, opts.Resolver, method.DID, t.Header.Kid, did.AssertionMethod)
	if err == nil {
		err = key.Verify(t.Header.Alg, t.Input, t.Signature)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSigner, err)
	}
	c := tokenClaims{bits: -1}
	err = strictjson.Read(t.Payload, maxListBytes, func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return c.read(r, name) })
	})
	if err != nil {
		return nil, listError(err)
	}
	l, err := c.list(method.DID)
	if err != nil {
		return nil, err
	}
	l.digests, l.content = []string{multikey.Digest(t.Raw)}, multikey.Digest(t.Input)
	return l, nil
}

// tokenClaims are the claims of a Status List Token, as read.
type tokenClaims struct {
	iss, sub, lst     string
	iat, nbf, exp     time.Time
	ttl               time.Duration
	bits              int64
	hasLst, hasStatus bool
}

func (c *tokenClaims) read(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "iss":
		c.iss, err = r.String()
	case "sub":
		c.sub, err = r.String()
	case "iat":
		c.iat, err = readDate(r, name)
	case "nbf":
		c.nbf, err = readDate(r, name)
	case "exp":
		c.exp, err = readDate(r, name)
	case "ttl":
		var f float64
		if f, _, err = r.Number(); err == nil && !(f > 0) {
			err = fmt.Errorf("%w: ttl %v, want seconds", ErrList, f)
		}
		c.ttl = time.Duration(min(f, maxTTL.Seconds()) * float64(time.Second))
	case "status_list":
		c.hasStatus = true
		err = r.Object(func(name string) error { return c.readStatus(r, name) })
	default:
		for _, known := range []string{"iss", "sub", "iat", "nbf", "exp", "ttl", "status_list"} {
			if fold(name) == known {
				return fmt.Errorf("%w: member %.40q, want %q", ErrList, name, known)
			}
		}
		err = r.Skip()
	}
	return err
}

func (c *tokenClaims) readStatus(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "bits":
		c.bits, err = r.Int()
	case "lst":
		c.lst, err = r.String()
		c.hasLst = true
	default:
		if f := fold(name); f == "bits" || f == "lst" {
			return fmt.Errorf("%w: member %.40q of status_list", ErrList, name)
		}
		err = r.Skip()
	}
	return err
}

// list applies the rules of section 5.1 to the claims.
func (c *tokenClaims) list(signer did.DID) (*List, error) {
	switch {
	case c.iss != "" && c.iss != signer.String():
		return nil, fmt.Errorf("%w: iss %.80q, signed by %.80q", ErrSigner, c.iss, signer.String())
	case c.iat.IsZero():
		return nil, fmt.Errorf("%w: no iat, so its age is unknown", ErrList)
	case !c.hasStatus || !c.hasLst:
		return nil, fmt.Errorf("%w: no status_list", ErrList)
	case c.bits != 1 && c.bits != 2 && c.bits != 4 && c.bits != 8:
		return nil, fmt.Errorf("%w: bits %d, want 1, 2, 4 or 8", ErrList, c.bits)
	}
	if err := checkURL(c.sub); err != nil {
		return nil, fmt.Errorf("sub: %w", err)
	}
	bits, err := Decode(TokenStatusList, int(c.bits), c.lst)
	if err != nil {
		return nil, err
	}
	l := &List{
		url: c.sub, format: TokenStatusList, purposes: []string{""}, bits: bits, size: uint8(c.bits), ttl: c.ttl,
		signer: signer, validFrom: c.iat, notBefore: c.nbf, validUntil: c.exp,
	}
	return l, nil
}

// readDate reads a NumericDate up to the year 9999.
func readDate(r *strictjson.Reader, name string) (time.Time, error) {
	f, _, err := r.Number()
	if err != nil {
		return time.Time{}, err
	}
	const most = 253402300799
	if f < 0 || f > most {
		return time.Time{}, fmt.Errorf("%w: %s %v, want seconds since 1970", ErrList, name, f)
	}
	sec, frac := math.Modf(f)
	return time.Unix(int64(sec), int64(frac*1e9)).UTC(), nil
}
