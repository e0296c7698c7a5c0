# SPDX-License-Identifier: MIT
# Debian's console font Terminus, of 8 by 16 pixels, with the characters of most of Europe.
FONT_PACKAGE := $(H)/console-setup-linux
$(H)/font.psf: .ci/packages
	$(call say,UNPACK,console-setup-linux)
	@.ci/setup unpack console-setup-linux $(FONT_PACKAGE)
	@gzip -dc $(FONT_PACKAGE)/usr/share/consolefonts/Uni2-Terminus16.psf.gz >$@

$(B)/servers/console/font_file.S.o: $(H)/font.psf
