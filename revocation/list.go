package revocation

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// List is a status list credential whose proof, signer and form were checked. Its
// age was not: what is fresh now is stale later, so a Checker judges that each
// time. A List does not change.
type List struct {
	url        string
	format     Format
	purposes   []string
	bits       *Bits
	size       uint8    // bits of an entry, 0 where the list does not state it
	messages   []string // by value, where the list states them
	ttl        time.Duration
	signer     did.DID
	validFrom  time.Time
	notBefore  time.Time // of a token that states another one than validFrom
	validUntil time.Time
	digests    []string          // one: of the secured bytes
	content    string            // digest of what was signed
	raw        [sha256.Size]byte // hash of the bytes it was read from

	// said is the answer for a value of one bit, where the list has one purpose.
	said [2][]vc.StatusValue
}

// VerifyList checks a status list credential, secured in any way that package vc
// verifies, or a Status List Token of the IETF, signed by one of signers. resolver finds the keys of signers other
// than did:key and is asked about nobody else. On error the List is nil.
func VerifyList(ctx context.Context, data []byte, signers []did.DID, resolver did.Resolver) (*List, error) {
	if len(signers) == 0 {
		return nil, fmt.Errorf("%w: nobody may sign it", ErrSigner)
	}
	return verifyList(ctx, data, vc.VerifyOptions{Issuers: signers, Resolver: only(resolver, func(d did.DID) bool {
		return slices.Contains(signers, d)
	})})
}

// URL returns the id of the list, which is where it is found.
func (l *List) URL() string { return l.url }

// Format returns the format of the list.
func (l *List) Format() Format { return l.format }

// Signer returns who signed the list.
func (l *List) Signer() did.DID { return l.signer }

// ValidFrom returns the time from which the age of the list counts.
func (l *List) ValidFrom() time.Time { return l.validFrom }

// TTL returns how long the issuer suggests to wait before asking again, 0 where
// it does not say. It is a hint to a fetcher and makes no list fresh.
func (l *List) TTL() time.Duration { return l.ttl }

// ValidUntil returns when the list ends, the zero time where it does not say.
func (l *List) ValidUntil() time.Time { return l.validUntil }

// Digest returns the multibase SHA-256 multihash of the secured bytes.
func (l *List) Digest() string { return l.digests[0] }

// Purposes returns the purposes of the list; a TokenStatusList has none. The caller
// must not change them.
func (l *List) Purposes() []string {
	if l.format == TokenStatusList {
		return nil
	}
	return l.purposes
}

// Bits returns the entries, of one bit where the list does not state a size. The
// caller must not change them.
func (l *List) Bits() *Bits { return l.bits }

// HasPurpose reports whether the list is for that purpose.
func (l *List) HasPurpose(purpose string) bool { return purpose != "" && l.has(purpose) }

func (l *List) has(purpose string) bool { return slices.Contains(l.purposes, purpose) }

func verifyList(ctx context.Context, data []byte, opts vc.VerifyOptions) (*List, error) {
	opts.MaxBytes, opts.IgnoreStatus, opts.IgnoreTime = maxListBytes, true, true
	l, ok, err := verifyToken(ctx, data, opts)
	if !ok {
		var v *vc.Verified
		if v, err = vc.Verify(ctx, data, opts); err != nil {
			return nil, vcError(err)
		}
		l, err = readList(v)
	}
	if err != nil {
		return nil, err
	}
	l.raw = sha256.Sum256(data)
	l.prepare()
	return l, nil
}

// prepare makes the answers that most requests want.
func (l *List) prepare() {
	for value := range l.said {
		if len(l.purposes) == 1 {
			v := vc.StatusValue{Purpose: l.purposes[0], Value: uint8(value), AsOf: l.validFrom}
			v.Message = plainMessage(v.Purpose, v.Value)
			l.said[value] = []vc.StatusValue{v}
		}
	}
}

// readList reads what a verified credential says as a status list.
func readList(v *vc.Verified) (*List, error) {
	c := v.Credential()
	l := &List{
		url: c.ID, signer: v.Issuer(), validFrom: c.ValidFrom, validUntil: v.Expires(),
		digests: []string{v.Digest()}, content: v.Content(),
	}
	// Anybody may add a proof to a document, and one that ends soon would end the list.
	if i := slices.IndexFunc(v.Proofs(), func(p vc.Proof) bool { return p.Signer != l.signer }); i >= 0 {
		return nil, fmt.Errorf("%w: proof %d is not of %s, who signed the list", ErrSigner, i, l.signer)
	}
	var err error
	if l.format, err = listFormat(&c); err != nil {
		return nil, err
	}
	if err := checkURL(l.url); err != nil {
		return nil, fmt.Errorf("the id of the list: %w", err)
	}
	switch {
	case len(c.Status) > 0:
		return nil, fmt.Errorf("%w: it has a credentialStatus itself", ErrList)
	case c.ValidFrom.IsZero():
		return nil, fmt.Errorf("%w: no validFrom, so its age is unknown", ErrList)
	case len(c.Subject) != 1:
		return nil, fmt.Errorf("%w: %d subjects, want one", ErrList, len(c.Subject))
	}
	var s subject
	for name, raw := range c.More {
		if fold(name) != "ttl" {
			continue
		}
		if err := strictjson.Read(raw, len(raw), func(r *strictjson.Reader) error { return s.read(r, name) }); err != nil {
			return nil, listError(err)
		}
	}
	if err := l.readSubject(&s, c.Subject[0].Claims); err != nil {
		return nil, err
	}
	return l, nil
}

// listFormat returns the format that the types of a credential name. One that is
// both kinds, or also a task credential, could stand in for another thing.
func listFormat(c *vc.Credential) (Format, error) {
	is2021, isBits := c.HasType(list2021), c.HasType(listBits)
	switch {
	case is2021 == isBits, c.HasType(taskCredential):
		return "", fmt.Errorf("%w: type %.200q, want one of %s and %s", ErrList, c.Type, list2021, listBits)
	case is2021:
		return StatusList2021, nil
	}
	return Bitstring, nil
}

// subject is the subject of a list credential, as read.
type subject struct {
	types, purposes []string
	encoded         string
	size            uint8
	messages        []string
	ttl             time.Duration
}

func (l *List) readSubject(s *subject, claims []byte) (err error) {
	err = strictjson.Read(claims, len(claims), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return s.read(r, name) })
	})
	if err != nil {
		return listError(err)
	}
	if len(s.types) != 1 || s.types[0] != string(l.format) {
		return fmt.Errorf("%w: type of its subject is %.100q, want %s", ErrList, s.types, l.format)
	}
	if len(s.purposes) == 0 {
		return fmt.Errorf("%w: the list has no statusPurpose", ErrPurpose)
	}
	if s.size > 1 && l.format == StatusList2021 {
		return fmt.Errorf("%w: statusSize %d in a %s", ErrList, s.size, l.format)
	}
	if want := 1 << max(s.size, 1); s.messages != nil && len(s.messages) != want {
		return fmt.Errorf("%w: %d statusMessages, want %d", ErrList, len(s.messages), want)
	}
	l.purposes, l.ttl, l.size, l.messages = s.purposes, s.ttl, s.size, s.messages
	l.bits, err = Decode(l.format, int(max(s.size, 1)), s.encoded)
	return err
}

func (s *subject) read(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "type":
		s.types, err = stringOrArray(r)
	case "statusPurpose":
		if s.purposes, err = stringOrArray(r); err != nil {
			err = fmt.Errorf("%w: statusPurpose: %v", ErrPurpose, err)
		}
	case "encodedList":
		s.encoded, err = r.String()
	case "statusSize":
		var n int64
		if n, err = r.Int(); err == nil && (n < 1 || n > maxSize) {
			err = fmt.Errorf("%w: statusSize %d, want 1 to %d", ErrList, n, maxSize)
		}
		s.size = uint8(n)
	case "statusMessages":
		var raw []byte
		if raw, err = r.Raw(); err == nil {
			s.messages, err = vc.ParseStatusMessages(raw)
		}
	case "ttl":
		err = s.readTTL(r)
	default:
		if known := subjectMembers[fold(name)]; known != "" {
			return fmt.Errorf("%w: member %.40q, want %q", ErrList, name, known)
		}
		err = r.Skip()
	}
	return err
}

// readTTL reads milliseconds, and keeps the shorter of two hints.
func (s *subject) readTTL(r *strictjson.Reader) error {
	n, err := r.Int()
	if err == nil && n < 0 {
		err = fmt.Errorf("%w: ttl %d, want milliseconds", ErrList, n)
	}
	ttl := time.Duration(min(n, int64(maxTTL/time.Millisecond))) * time.Millisecond
	if s.ttl == 0 || ttl < s.ttl {
		s.ttl = ttl
	}
	return err
}

const maxTTL = 365 * 24 * time.Hour

// subjectMembers are the names that mean something, by their lower case. Another
// name that folds to one of them is refused: a lenient reader would take it.
var subjectMembers = map[string]string{
	"id": "", "type": "type", "statuspurpose": "statusPurpose", "encodedlist": "encodedList",
	"statussize": "statusSize", "statusmessages": "statusMessages", "ttl": "ttl",
}

// fold maps a name to lower case, as readers that ignore case do: U+017F is an s
// to them and U+212A a k.
func fold(name string) string {
	return strings.ToLower(strings.ToUpper(name))
}

// stringOrArray reads a string or a non-empty array of strings, none twice.
func stringOrArray(r *strictjson.Reader) (out []string, err error) {
	one := func(int) error {
		s, err := r.String()
		if err == nil && (s == "" || slices.Contains(out, s)) {
			err = fmt.Errorf("%w: %.40q is empty or there twice", ErrList, s)
		}
		out = append(out, s)
		return err
	}
	if r.Kind() == '"' {
		err = one(0)
		return out, err
	}
	const most = 16
	if _, err = r.Array(most, one); err == nil && len(out) == 0 {
		err = fmt.Errorf("%w: an empty array", ErrList)
	}
	return out, err
}

// listError gives errors of the JSON reader a sentinel of this package.
func listError(err error) error {
	for _, e := range []error{ErrList, ErrPurpose, ErrURL, ErrSize} {
		if errors.Is(err, e) {
			return err
		}
	}
	return fmt.Errorf("%w: %v", ErrList, err)
}

// vcError gives errors of package vc a sentinel of this package, and keeps theirs.
func vcError(err error) error {
	for _, e := range []error{vc.ErrUntrusted, vc.ErrIssuer, vc.ErrKey, vc.ErrAlg, vc.ErrSignature} {
		if errors.Is(err, e) {
			return fmt.Errorf("%w: %w", ErrSigner, err)
		}
	}
	if errors.Is(err, vc.ErrSize) {
		return fmt.Errorf("%w: %w", ErrSize, err)
	}
	return fmt.Errorf("%w: %w", ErrList, err)
}

// resolver asks another resolver about some DIDs only, so that who made up a list
// cannot make a verifier dial.
type resolver struct {
	inner did.Resolver
	may   func(did.DID) bool
}

func only(inner did.Resolver, may func(did.DID) bool) did.Resolver {
	if inner == nil {
		return nil
	}
	return resolver{inner, may}
}

// Resolve implements did.Resolver.
func (r resolver) Resolve(ctx context.Context, d did.DID) (*did.Document, error) {
	if !r.may(d) {
		return nil, fmt.Errorf("%w: %.120q may not sign this list", ErrSigner, d.String())
	}
	return r.inner.Resolve(ctx, d)
}
