package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"github.com/taperid/taper/internal/secp256k1"
)

const es256kAlg = "ES256K"

// es256k is the algorithm of RFC 8812 section 3.2, ECDSA over secp256k1 with
// SHA-256, which jwx has behind a build tag.
type es256k struct{}

func (es256k) Verify(data, sig []byte, pub any) error {
	hash := sha256.Sum256(data)
	if key, ok := pub.(*ecdsa.PublicKey); !ok || !secp256k1.Verify(key, hash[:], sig) {
		return errors.New("failed to verify signature using secp256k1")
	}
	return nil
}

func (es256k) Sign(data []byte, key any) ([]byte, error) {
	priv, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%T does not sign", key)
	}
	hash := sha256.Sum256(data)
	der, err := priv.Sign(rand.Reader, hash[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var n struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &n); err != nil || len(rest) > 0 || !isScalar(n.R) || !isScalar(n.S) {
		return nil, errors.New("the key's answer is no ECDSA signature")
	}
	sig := make([]byte, secp256k1.SignatureSize)
	n.R.FillBytes(sig[:len(sig)/2])
	n.S.FillBytes(sig[len(sig)/2:])
	return sig, nil
}

func isScalar(n *big.Int) bool { return n.Sign() > 0 && n.BitLen() <= 8*secp256k1.SignatureSize/2 }
