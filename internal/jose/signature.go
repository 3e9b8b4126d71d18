package jose

import (
	"crypto"
	"fmt"
	"math/big"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/taperid/taper/internal/multikey"
)

// VerifyBytes checks a signature in its JOSE form over data.
func VerifyBytes(typ *multikey.Type, pub crypto.PublicKey, data, sig []byte) error {
	if len(sig) != typ.SigSize {
		return fmt.Errorf("%w: %d bytes, a %s signature has %d", ErrSignature, len(sig), typ.Alg, typ.SigSize)
	}
	v, err := verifierOf(typ.Alg)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrAlg, err)
	}
	if err := v.Verify(data, sig, pub); err != nil {
		return fmt.Errorf("%w: %v", ErrSignature, err)
	}
	return nil
}

// SignBytes signs data in the JOSE form of the key's algorithm, low-S.
func SignBytes(typ *multikey.Type, key crypto.Signer, data []byte) ([]byte, error) {
	s, err := signerOf(typ.Alg)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrAlg, err)
	}
	sig, err := s.Sign(data, key)
	if err != nil {
		return nil, fmt.Errorf("jose: sign: %w", err)
	}
	if len(sig) != typ.SigSize {
		return nil, fmt.Errorf("jose: sign: %d bytes, a %s signature has %d", len(sig), typ.Alg, typ.SigSize)
	}
	lower(typ, sig)
	return sig, nil
}

type verifier interface {
	Verify(data, sig []byte, pub any) error
}

type signer interface {
	Sign(data []byte, key any) ([]byte, error)
}

func verifierOf(alg string) (verifier, error) {
	if alg == es256kAlg {
		return es256k{}, nil
	}
	return jws.NewVerifier(jwa.SignatureAlgorithm(alg))
}

func signerOf(alg string) (signer, error) {
	if alg == es256kAlg {
		return es256k{}, nil
	}
	return jws.NewSigner(jwa.SignatureAlgorithm(alg))
}

// LowS reports whether S of an ECDSA signature is at most half the order of
// the group; signatures of other algorithms have one form.
func LowS(typ *multikey.Type, sig []byte) bool {
	if typ.Curve() == nil {
		return true
	}
	s := new(big.Int).SetBytes(sig[len(sig)/2:])
	half := new(big.Int).Rsh(typ.Curve().Params().N, 1)
	return s.Cmp(half) <= 0
}

// lower turns S into the smaller of its two values, in place.
func lower(typ *multikey.Type, sig []byte) {
	if LowS(typ, sig) {
		return
	}
	s := new(big.Int).SetBytes(sig[len(sig)/2:])
	s.Sub(typ.Curve().Params().N, s)
	s.FillBytes(sig[len(sig)/2:])
}
