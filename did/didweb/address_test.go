package didweb_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did/didweb"
)

func TestPublicAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "93.184.215.14": true, "172.32.0.1": true, "172.15.255.255": true, "100.63.255.255": true,
		"100.128.0.0": true, "11.0.0.0": true, "9.255.255.255": true, "223.255.255.255": true, "192.0.1.0": true, "169.253.255.255": true,
		"2606:4700:4700::1111": true, "2a00:1450:4001::1": true, "2001:200::1": true,
		"2606:4700:4700::1111%eth0": false, "fe80::1%eth0": false, "4000::1": false, "1fff::1": false,
		"172.16.0.0": false, "172.31.255.255": false, "100.64.0.0": false, "100.127.255.255": false, "224.0.0.0": false,
		"198.19.255.255": false, "2001:1ff::1": false, "2001::1": false, "2002::1": false,
	} {
		require.Equal(t, want, didweb.IsPublic(netip.MustParseAddr(text)), text)
	}
	require.False(t, didweb.IsPublic(netip.Addr{}))
}
