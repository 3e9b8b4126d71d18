package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/taperid/taper/did"
)

// algCosignature is the signature type of cosignature/v1 (C2SP tlog-cosignature).
const algCosignature = 4

const cosignatureSize = 8 + ed25519.SignatureSize

// Cosignature is what a witness said of a checkpoint: as of Time, it was the largest
// that the witness had seen of the log, and consistent with all before.
type Cosignature struct {
	Witness string // the name of its key
	Time    time.Time
}

// NewWitnessKey makes the key of a witness of this name: the signer key, to be kept
// secret, and the verifier key, for policies. A key for cosignatures signs nothing
// else.
func NewWitnessKey(name string) (skey, vkey string, err error) {
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	w := &witnessKey{name: name, pub: pub}
	if _, err := parseWitnessKey(w.String()); err != nil {
		return "", "", err
	}
	seed := append([]byte{algCosignature}, priv.Seed()...)
	return fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, w.KeyHash(), base64.StdEncoding.EncodeToString(seed)), w.String(), nil
}

// Cosign signs a checkpoint as a witness does, at this time, and returns the signature
// line. Whether the checkpoint is consistent with others the caller has to know.
func Cosign(skey string, c *Checkpoint, now time.Time) ([]byte, error) {
	w, priv, err := parseWitnessSigner(skey)
	if err != nil {
		return nil, err
	}
	if c == nil || now.Unix() < 0 {
		return nil, fmt.Errorf("%w: no checkpoint, or a time before 1970", ErrCheckpoint)
	}
	sig := binary.BigEndian.AppendUint32(nil, w.KeyHash())
	sig = binary.BigEndian.AppendUint64(sig, uint64(now.Unix()))
	sig = append(sig, ed25519.Sign(priv, cosigned(uint64(now.Unix()), c.head.text()))...)
	return fmt.Appendf(nil, "— %s %s\n", w.name, base64.StdEncoding.EncodeToString(sig)), nil
}

// cosigned is the message of cosignature/v1.
func cosigned(at uint64, text string) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
}

// witnessKey is a key of a witness. It is a note.Verifier.
type witnessKey struct {
	name string
	pub  ed25519.PublicKey
}

func (w *witnessKey) Name() string { return w.name }

func (w *witnessKey) KeyHash() uint32 {
	h := sha256.New()
	h.Write([]byte(w.name + "\n"))
	h.Write([]byte{algCosignature})
	h.Write(w.pub)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// Verify checks a cosignature of the text of a note.
func (w *witnessKey) Verify(text, sig []byte) bool {
	if len(sig) != cosignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at <= math.MaxInt64 && ed25519.Verify(w.pub, cosigned(at, string(text)), sig[8:])
}

// String writes the verifier key.
func (w *witnessKey) String() string {
	raw := append([]byte{algCosignature}, w.pub...)
	return fmt.Sprintf("%s+%08x+%s", w.name, w.KeyHash(), base64.StdEncoding.EncodeToString(raw))
}

// parseWitnessKey reads the one text of a verifier key for cosignature/v1. A key of
// small order is refused, since anyone signs for it.
func parseWitnessKey(vkey string) (*witnessKey, error) {
	const maxKey = 512
	name, rest, _ := strings.Cut(vkey, "+")
	_, text, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(text)
	if len(vkey) > maxKey || err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != algCosignature {
		return nil, fmt.Errorf("%w: %.80q: want an Ed25519 key for cosignatures", ErrKey, vkey)
	}
	w := &witnessKey{name, raw[1:]}
	if !isKeyName(name) || w.String() != vkey {
		return nil, fmt.Errorf("%w: %.80q: not in canonical form", ErrKey, vkey)
	}
	if _, err := did.NewKey(w.pub); err != nil {
		return nil, fmt.Errorf("%w: %.80q: %w", ErrKey, vkey, err)
	}
	return w, nil
}

// isKeyName reports whether a key may have this name: signed-note wants no white
// space and no plus, this library no character that hides.
func isKeyName(name string) bool {
	return checkText("name", name) == nil && !strings.ContainsFunc(name, func(c rune) bool {
		return c == '+' || c == ' ' || c == 0xa0 || c == 0x3000 || c >= 0x2000 && c <= 0x200a || c == 0x202f || c == 0x205f || c == 0x1680
	})
}

// parseWitnessSigner reads the signer key that NewWitnessKey makes.
func parseWitnessSigner(skey string) (*witnessKey, ed25519.PrivateKey, error) {
	wrong := fmt.Errorf("%w: want the signer key of a witness", ErrKey)
	parts := strings.SplitN(skey, "+", 5)
	if len(parts) != 5 || parts[0] != "PRIVATE" || parts[1] != "KEY" {
		return nil, nil, wrong
	}
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize || raw[0] != algCosignature {
		return nil, nil, wrong
	}
	priv := ed25519.NewKeyFromSeed(raw[1:])
	w := &witnessKey{parts[2], ed25519.PublicKey(priv[ed25519.SeedSize:])}
	if parts[3] != fmt.Sprintf("%08x", w.KeyHash()) || !isKeyName(w.name) {
		return nil, nil, wrong
	}
	return w, priv, nil
}

// cosignatures returns those of the signatures of a note that are of witnesses.
func cosignatures(sigs []note.Signature, witnesses []*witnessKey) (out []Cosignature) {
	for _, s := range sigs {
		for _, w := range witnesses {
			raw, err := base64.StdEncoding.DecodeString(s.Base64)
			if s.Name == w.name && s.Hash == w.KeyHash() && err == nil && len(raw) == 4+cosignatureSize {
				at := int64(binary.BigEndian.Uint64(raw[4:])) // below 2^63: it was verified
				out = append(out, Cosignature{w.name, time.Unix(at, 0).UTC()})
			}
		}
	}
	return out
}
