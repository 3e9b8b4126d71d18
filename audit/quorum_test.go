package audit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
)

// witnesses are n witnesses by their keys.
func witnesses(tb testing.TB, n int) (skeys, vkeys []string) {
	tb.Helper()
	for i := range n {
		skey, vkey, err := audit.NewWitnessKey(fmt.Sprintf("w%d.example", i))
		require.NoError(tb, err)
		skeys, vkeys = append(skeys, skey), append(vkeys, vkey)
	}
	return skeys, vkeys
}

// cosigned is a checkpoint of the test log with the cosignatures of these keys.
func cosigned(tb testing.TB, skeys ...string) []byte {
	tb.Helper()
	signed := sign(tb, goodText)
	c, err := audit.ParseCheckpoint(signed, policy(tb))
	require.NoError(tb, err)
	for _, skey := range skeys {
		line, err := audit.Cosign(skey, c, start)
		require.NoError(tb, err)
		signed = append(signed, line...)
	}
	return signed
}

func TestQuorum(t *testing.T) {
	skeys, vkeys := witnesses(t, 3)
	for k := 1; k <= 3; k++ {
		p, err := policy(t).WithWitnesses(k, vkeys...)
		require.NoError(t, err)
		for n := range 4 {
			c, err := audit.ParseCheckpoint(cosigned(t, skeys[:n]...), p)
			if n < k {
				require.ErrorIs(t, err, audit.ErrWitness)
				require.Nil(t, c)
				continue
			}
			require.NoError(t, err)
			require.Len(t, c.Cosignatures(), n)
			require.Equal(t, audit.Cosignature{Witness: "w0.example", Time: start}, c.Cosignatures()[0])
		}
		_, err = audit.ParseCheckpoint(cosigned(t, skeys[0], skeys[0], skeys[0]), p)
		require.ErrorIs(t, err, audit.ErrCheckpoint, "one witness three times")
	}
	_, err := audit.ParseCheckpoint(cosigned(t, skeys...), policy(t))
	require.NoError(t, err, "a policy without witnesses passes them over")
	p, err := policy(t).WithWitnesses(1, vkeys[0])
	require.NoError(t, err)
	require.Equal(t, origin, p.WithVerifiers().Origin())
	_, err = audit.ParseCheckpoint(cosigned(t), p.WithVerifiers())
	require.ErrorIs(t, err, audit.ErrWitness, "kept by WithVerifiers")

	for name, keys := range map[string][]string{"none": nil, "a log's key": {vkey}, "twice": {vkeys[0], vkeys[0]}, "garbage": {"x"}} {
		_, err := policy(t).WithWitnesses(1, keys...)
		require.ErrorIs(t, err, audit.ErrKey, name)
	}
	_, err = policy(t).WithWitnesses(0, vkeys...)
	require.ErrorIs(t, err, audit.ErrKey)
	_, err = policy(t).WithWitnesses(4, vkeys...)
	require.ErrorIs(t, err, audit.ErrKey)
	_, err = (*audit.Policy)(nil).WithWitnesses(1, vkeys...)
	require.ErrorIs(t, err, audit.ErrKey)
}

// TestCosignatureIsOfThatTextAndTime: what a witness signed holds for nothing else.
func TestCosignatureIsOfThatTextAndTime(t *testing.T) {
	skeys, vkeys := witnesses(t, 2)
	p, err := policy(t).WithWitnesses(1, vkeys[0])
	require.NoError(t, err)
	signed := string(cosigned(t, skeys[0]))
	line := signed[strings.LastIndex(signed, "— "):]
	other := string(sign(t, strings.Replace(goodText, "100", "101", 1))) + line
	_, err = audit.ParseCheckpoint([]byte(other), p)
	require.ErrorIs(t, err, audit.ErrCheckpoint)
	// The time is signed: with the line of another time the signature is wrong.
	c, err := audit.ParseCheckpoint(sign(t, goodText), policy(t))
	require.NoError(t, err)
	later, err := audit.Cosign(skeys[0], c, start.Add(time.Hour))
	require.NoError(t, err)
	mixed := line[:len("— w0.example ")+18] + string(later)[len("— w0.example ")+18:]
	_, err = audit.ParseCheckpoint([]byte(string(sign(t, goodText))+mixed), p)
	require.ErrorIs(t, err, audit.ErrCheckpoint)
	// A log's own signature is no cosignature, and a cosignature no log's.
	_, err = audit.NewPolicy(origin, vkeys[0])
	require.ErrorIs(t, err, audit.ErrKey)
	_, err = audit.NewLog(origin, skeys[0])
	require.ErrorIs(t, err, audit.ErrKey)
}

func TestCosignRefuses(t *testing.T) {
	skeys, vkeys := witnesses(t, 1)
	c, err := audit.ParseCheckpoint(sign(t, goodText), policy(t))
	require.NoError(t, err)
	for name, bad := range map[string]string{
		"empty": "", "a log's": skey, "public": vkeys[0], "another id": strings.Replace(skeys[0], "+w0.example+", "+w0.example+0", 1),
		"another name": strings.Replace(skeys[0], "w0", "w1", 1), "cut": skeys[0][:len(skeys[0])-4],
	} {
		_, err := audit.Cosign(bad, c, start)
		require.ErrorIs(t, err, audit.ErrKey, name)
	}
	_, err = audit.Cosign(skeys[0], nil, start)
	require.ErrorIs(t, err, audit.ErrCheckpoint)
	_, err = audit.Cosign(skeys[0], c, time.Unix(-1, 0))
	require.ErrorIs(t, err, audit.ErrCheckpoint)
	for _, name := range []string{"", "a b", "a+b", "a\nb", "a\u00a0b", "a\u2003b", "a\u3000b", strings.Repeat("x", 300)} {
		_, _, err := audit.NewWitnessKey(name)
		require.ErrorIs(t, err, audit.ErrKey, name)
	}
}

func TestParsePolicy(t *testing.T) {
	skeys, vkeys := witnesses(t, 6)
	text := fmt.Sprintf(`
# who we believe
log %s https://log.example/
	witness X1 %s
witness X2 %s https://w.example/
witness X3 %s
group X-witnesses 2 X1 X2 X3
witness Y1 %s
witness Y2 %s
witness Y3 %s
group Y-witnesses any Y1 Y2 Y3
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`, vkey, vkeys[0], vkeys[1], vkeys[2], vkeys[3], vkeys[4], vkeys[5])
	p, err := audit.ParsePolicy([]byte(text))
	require.NoError(t, err)
	require.Equal(t, origin, p.Origin())
	for mask := range 64 {
		var some []string
		x, y := 0, 0
		for i, skey := range skeys {
			if mask>>i&1 == 1 {
				some = append(some, skey)
				if i < 3 {
					x++
				} else {
					y++
				}
			}
		}
		_, err := audit.ParseCheckpoint(cosigned(t, some...), p)
		require.Equal(t, x >= 2 && y >= 1, err == nil, "%06b", mask)
	}

	_, otherVkey := logKey("other.example")
	two, err := audit.ParsePolicy(fmt.Appendf(nil, "log %s\nlog %s\nquorum none\n", otherVkey, vkey))
	require.NoError(t, err)
	_, err = audit.ParseCheckpoint(sign(t, goodText), two)
	require.NoError(t, err)
	// A key of one log does not sign for another.
	_, err = audit.ParseCheckpoint(sign(t, strings.Replace(goodText, origin, "other.example", 1)), two)
	require.ErrorIs(t, err, audit.ErrCheckpoint)
}

func TestParsePolicyRefuses(t *testing.T) {
	_, vkeys := witnesses(t, 2)
	log, w := "log "+vkey+"\n", "witness A "+vkeys[0]+"\n"
	renamed := strings.Replace(vkeys[0], "w0.example", "w9.example", 1)
	for name, text := range map[string]string{
		"empty":                  "",
		"no log":                 "quorum none\n",
		"no quorum":              log,
		"two quorums":            log + "quorum none\nquorum none\n",
		"quorum undefined":       log + "quorum A\n" + w,
		"quorum of two":          log + w + "quorum A A\n",
		"unknown word":           log + "quorum none\ntrust me\n",
		"no new line at the end": log + "quorum none",
		"carriage return":        log + "quorum none\r\n",
		"NUL":                    log + "quorum none\n\x00\n",
		"a log twice":            log + log + "quorum none\n",
		"a witness twice":        log + w + "witness B " + vkeys[0] + "\nquorum A\n",
		"a key of another name":  log + w + "witness B " + renamed + "\nquorum A\n",
		"a name twice":           log + w + "witness A " + vkeys[1] + "\nquorum A\n",
		"the name none":          log + "witness none " + vkeys[0] + "\nquorum none\n",
		"none as a member":       log + "group G any none\nquorum G\n",
		"a member twice":         log + w + "group G any A A\nquorum G\n",
		"a member of two groups": log + w + "group G any A\ngroup H any A\nquorum H\n",
		"an undefined member":    log + w + "group G any B\nquorum G\n",
		"no members":             log + "group G any\nquorum G\n",
		"none of them":           log + w + "group G 0 A\nquorum G\n",
		"more than all":          log + w + "group G 2 A\nquorum G\n",
		"a second spelling":      log + w + "group G 01 A\nquorum G\n",
		"a log's key":            log + "witness A " + vkey + "\nquorum A\n",
		"a witness's key":        "log " + vkeys[0] + "\nquorum none\n",
		"a log without a key":    "log\nquorum none\n",
		"a log with too much":    "log " + vkey + " https://x y\nquorum none\n",
		"a witness with nothing": log + "witness A\nquorum none\n",
		"too long":               log + "quorum none\n" + strings.Repeat("#\n", 40000),
	} {
		p, err := audit.ParsePolicy([]byte(text))
		require.Error(t, err, name)
		require.Nil(t, p, name)
	}
}

func FuzzParsePolicy(f *testing.F) {
	_, vkeys := witnesses(f, 2)
	f.Add([]byte("log " + vkey + "\nwitness A " + vkeys[0] + "\ngroup G any A\nquorum G\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := audit.ParsePolicy(text)
		if err == nil && p.Origin() == "" {
			t.Fatal("a policy that trusts nobody")
		}
	})
}
