package jose_test

import (
	"crypto"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/secp256k1"
)

// answers is a private key that answers as it likes.
type answers struct {
	crypto.Signer
	sig []byte
	err error
}

func (a answers) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return a.sig, a.err }

func TestSignES256KRefusesWhatIsNoSignature(t *testing.T) {
	row := typ(t, "secp256k1")
	priv, err := secp256k1.GenerateKey()
	require.NoError(t, err)
	der := func(r, s *big.Int) []byte {
		out, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		require.NoError(t, err)
		return out
	}
	one := big.NewInt(1)
	for name, answer := range map[string][]byte{
		"nothing": nil, "garbage": []byte("x"), "something behind": append(der(one, one), 0),
		"zero": der(one, new(big.Int)), "negative": der(big.NewInt(-1), one),
		"too long": der(one, new(big.Int).Lsh(one, 256)),
	} {
		_, err := jose.SignBytes(row, answers{priv, answer, nil}, nil)
		require.Error(t, err, name)
	}
	down := errors.New("down")
	_, err = jose.SignBytes(row, answers{priv, nil, down}, nil)
	require.ErrorIs(t, err, down)
}

func TestSignES256KIsDeterministic(t *testing.T) {
	row := typ(t, "secp256k1")
	priv, err := secp256k1.NewPrivateKey(append(make([]byte, 31), 1))
	require.NoError(t, err)
	sig, err := jose.SignBytes(row, priv, []byte("data"))
	require.NoError(t, err)
	again, err := jose.SignBytes(row, priv, []byte("data"))
	require.NoError(t, err)
	require.Equal(t, sig, again) // RFC 6979
	require.NoError(t, jose.VerifyBytes(row, priv.Public(), []byte("data"), sig))
}
