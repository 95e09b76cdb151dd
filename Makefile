# SPDX-License-Identifier: BSD-2-Clause
#
# ngx_wppkg: every target, see "make help".  Variables that matter:
#
#   BUILD     where things are built (build)
#   CC        the compiler (cc)
#   WERROR    -Werror: a warning is an error, as in "make check"
#   PREFIX    where "make install" installs (/usr/local), DESTDIR before it
#   DEBIAN    12 or 13: "make deb" makes packages of that one, as root, in
#             build/debian-13, which is an apt source
#   SANITIZE  1: AddressSanitizer and UndefinedBehaviorSanitizer
#   NGINX     which one "make asan" builds: 1.26, 1.30 (that of nginx-dev)
#   NGINX_SOURCE_DIR, NGINX_CONFIGURE
#             the source of an nginx of your own, and what it was configured
#             with: the module, or "make asan", is built for that one
#   FUZZ      what "make fuzz" runs (all of t/fuzz), FUZZ_SECONDS of each (60)
#   TESTS     what "make check" runs (t); failed: what failed the last time
#   WPPKG_DEMO_PORT  where "make demo" listens (8080)
#   V         1: prints commands as they are run

SHELL     = /bin/bash
BUILD    ?= build
CC       ?= cc
SANITIZE ?= 0
WERROR   ?=
PREFIX   ?= /usr/local
DEBIAN   ?=
NGINX    ?=
# nginx takes a variable of that name for sockets it inherits
unexport NGINX
export NGINX_SOURCE_DIR NGINX_CONFIGURE
TESTS    ?= t
JOBS     ?= $(shell nproc)
V        ?= 0

# what a rule prints before it runs
ifeq ($(V),1)
say =
else
say = @echo "  $(1)  $(2)";
endif

WARNINGS  = -Wall -Wextra $(WERROR) -Wformat-security -Wshadow \
            -Wpointer-arith -Wwrite-strings \
            -Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter
HARDEN    = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
OPTIMIZE  = -O2 -g

ifeq ($(SANITIZE),1)
HARDEN    = -fPIE
OPTIMIZE  = -O1 -g -fno-omit-frame-pointer \
            -fsanitize=address,undefined -fno-sanitize-recover=undefined
endif

# objects with assertions; under a sanitizer all have them
CHECKED   = $(BUILD)/checked

ifneq ($(SANITIZE),0)
CHECKED   = $(BUILD)
CPPFLAGS += -DWPPKG_DEBUG
endif

# memory that is short
SHORT     = $(BUILD)/t/lib/short.o -Wl,--wrap=json_loadb

# what calls a fuzz target: a program that knows its seeds, or libFuzzer
FUZZ_MAIN = $(BUILD)/t/fuzz/replay.o $(SHORT)

ifeq ($(SANITIZE),fuzz)
HARDEN    = -fPIE
OPTIMIZE  = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined \
            -fsanitize=fuzzer-no-link,address,undefined
FUZZ_MAIN = -fsanitize=fuzzer
endif

# the daemon's rooms
ROOMS     = sync-daemon $(sort $(patsubst %/,%,$(wildcard sync-daemon/*/)))

CPPFLAGS += -Isrc/core $(ROOMS:%=-I%) -D_GNU_SOURCE
ALL_CFLAGS = -std=gnu11 $(OPTIMIZE) $(HARDEN) $(WARNINGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)

CORE_LIBS  = -lsqlite3 -ljansson -lcrypto -ldeflate
SYNCD_LIBS = -lcurl -lexpat -larchive -lz $(CORE_LIBS)

CORE_SRCS  = $(wildcard src/core/*.c)
SYNCD_SRCS = $(wildcard $(ROOMS:%=%/*.c))
UNIT_SRCS  = $(wildcard t/unit/*.c)
FUZZ_SRCS  = $(filter-out t/fuzz/fuzz.c t/fuzz/replay.c,$(wildcard t/fuzz/*.c))

CORE_OBJS  = $(CORE_SRCS:%.c=$(BUILD)/%.o)
SYNCD_OBJS = $(SYNCD_SRCS:%.c=$(BUILD)/%.o)
# for the unit tests, with assertions: all of the daemon but its main(), and
# those parts of the module that know nothing of nginx
CORE_PARTS  = $(CORE_SRCS:%.c=$(CHECKED)/%.o)
SYNCD_PARTS = $(filter-out %/syncd_main.o,$(SYNCD_SRCS:%.c=$(CHECKED)/%.o))
HTTP_PARTS  = $(patsubst %,$(CHECKED)/src/http/ngx_wppkg_%.o,compose db \
                encoding flush meta route store tally)
UNITS      = $(UNIT_SRCS:%.c=$(BUILD)/%)
# programs that a test in Perl calls
HELPERS    = $(patsubst %,$(BUILD)/t/lib/%,constraint far http_tls ranges \
                render)
FUZZERS    = $(FUZZ_SRCS:%.c=$(BUILD)/%)
BENCHES    = $(patsubst %,$(BUILD)/t/bench/%,world-server measure log \
                                       search)
# the feed race with a feed that is wrong (t/mutants.t), and other programs
# with what is wrong in them
MUTANTS    = $(patsubst %.patch,$(BUILD)/%,$(wildcard t/mutants/feed-*.patch \
                t/mutants/ranges-*.patch t/mutants/aliases-*.patch \
                t/mutants/dist-*.patch))

ASAN_BUILD  = build/asan$(NGINX:%=-%)$(NGINX_SOURCE_DIR:%=-own)

PACKAGES    = libnginx-mod-wppkg wppkg-syncd
SYSTEMD     = $(notdir $(wildcard sync-daemon/*.service))
BIN_TO      = $(DESTDIR)$(PREFIX)/bin
MAN_TO      = $(DESTDIR)$(PREFIX)/share/man
UNIT_TO     = $(DESTDIR)$(PREFIX)/lib/systemd/system
CONF_TO     = $(DESTDIR)/etc/wppkg
# where Debian's nginx and nginx.org's look for "modules/…"
MODULE_TO   = $(DESTDIR)/usr/lib/nginx/modules
# where the module looks for its page: src/http/ngx_wppkg_page.h
PAGE        = $(notdir $(wildcard www/*))
PAGE_TO     = $(DESTDIR)/usr/share/wppkg/www
INSTALLED   = $(BIN_TO)/wppkg-syncd $(MODULE_TO)/ngx_wppkg_module.so \
              $(PAGE:%=$(PAGE_TO)/%) \
              $(MAN_TO)/man1/wppkg-syncd.1 $(MAN_TO)/man5/wppkg.conf.5 \
              $(SYSTEMD:%=$(UNIT_TO)/%) $(CONF_TO)/wppkg.conf.example \
              $(REPLACED)
# the manual page that releases before had installed
REPLACED    = $(MAN_TO)/man8/wppkg-syncd.8

MODULE_DEPS = config ngx_wppkg_module.c $(wildcard src/http/*) \
              $(wildcard src/core/*.[ch])


# made by rules in between, and kept
.SECONDARY:

.PHONY: help build module daemon units fuzzers demo demo-stop check check-long \
        check-machines asan
.PHONY: bench-serve bench-update bench-first bench-sync bench-mirror
.PHONY: bench-advisories bench-import
.PHONY: fuzz lint deb check-deb image check-image
.PHONY: install uninstall clean

help:                 ## prints this list
	@awk -F ':.*## *' '/^[a-z-]+:.*##/ { printf "  make %-17s%s\n", $$1, $$2 }' \
	    $(firstword $(MAKEFILE_LIST))
	@echo; echo 'Variables, as in "make check TESTS=t/cli.t":'
	@sed -n 's/^#   /  /p; /^$$/q' $(firstword $(MAKEFILE_LIST))

build: module daemon  ## builds build/ngx_wppkg_module.so, build/wppkg-syncd

module: $(BUILD)/ngx_wppkg_module.so

daemon: $(BUILD)/wppkg-syncd

units: $(UNITS) $(HELPERS) $(MUTANTS) $(FUZZERS) $(BENCHES)

fuzzers: $(FUZZERS)

demo:                 ## installs what is missing, builds, shows it at work
	@tools/demo free
	tools/install-deps demo
	$(MAKE) -j$(JOBS) build
	tools/demo start

demo-stop:            ## ends what "make demo" has left running
	tools/demo stop

check:                ## installs what is missing, builds, runs every test
	tools/install-deps check
	$(MAKE) -j$(JOBS) WERROR=-Werror build units
	tools/run-tests $(TESTS)

check-long:           ## faults and kills by hundreds; the other Debian
	tools/install-deps long
	$(MAKE) -j$(JOBS) WERROR=-Werror build units
	tools/run-tests t/long
	$(MAKE) asan NGINX=1.26 TESTS=t
	$(MAKE) check-machines

check-machines:       ## fresh Debian 12, 13, the upgrade, the image; as root
	tools/install-deps check-deb
	tools/install-deps image
	tools/check-machine -o $(BUILD)/debian-12 12 demo install check deb
	tools/check-machine -o $(BUILD)/debian-13 13 demo install check deb
	tools/check-upgrade $(BUILD)/debian-12 $(BUILD)/debian-13
	tools/build-image $(BUILD)
	tools/check-image $(BUILD)

asan:                 ## the same tests with ASan and UBSan
	tools/install-deps asan
	$(MAKE) -j$(JOBS) BUILD=$(ASAN_BUILD) SANITIZE=1 \
	    WERROR=-Werror asan-nginx daemon units
	WPPKG_BUILD=$(ASAN_BUILD) tools/run-tests $(TESTS)

bench-serve:          ## the module beside nginx's static files
	tools/install-deps bench
	$(MAKE) -j$(JOBS) build $(BUILD)/t/bench/search
	t/bench/serve
	dir=$$(mktemp -d) && $(BUILD)/t/bench/search $$dir \
	    t/data/world/plugins.txt t/data/world/themes.txt; \
	    code=$$?; rm -r $$dir; exit $$code
	t/bench/downloads

bench-update:         ## discover, update and run with all of WordPress.org
	tools/install-deps bench
	$(MAKE) -j$(JOBS) build $(BENCHES)
	WPPKG_BUILD=$(BUILD) t/bench/update
	WPPKG_BUILD=$(BUILD) t/bench/flat
	WPPKG_BUILD=$(BUILD) t/bench/advisories

bench-first:          ## a first run, where each answer takes 200 ms; 30 min
	tools/install-deps bench
	$(MAKE) -j$(JOBS) daemon $(BENCHES)
	WPPKG_BUILD=$(BUILD) t/bench/first

bench-sync:           ## sync beside rclone, and a full-size catalogue
	tools/install-deps bench
	$(MAKE) -j$(JOBS) build $(BUILD)/t/lib/far
	t/bench/sync
	t/bench/feed

bench-advisories:     ## a source of security advisories, and who asks
	tools/install-deps bench
	$(MAKE) -j$(JOBS) build $(BENCHES)
	WPPKG_BUILD=$(BUILD) t/bench/advisories

bench-import:         ## a database of wp-packages, once and again
	tools/install-deps bench
	$(MAKE) -j$(JOBS) daemon $(BENCHES)
	WPPKG_BUILD=$(BUILD) t/bench/import

bench-mirror:         ## a mirror beside rclone, and how old its files are
	tools/install-deps bench
	$(MAKE) -j$(JOBS) build $(BENCHES) $(BUILD)/t/lib/far
	t/bench/mirror

fuzz:                 ## libFuzzer on what reads from outside, 60 s each
	tools/install-deps fuzz
	$(MAKE) -j$(JOBS) BUILD=build/fuzz CC=clang SANITIZE=fuzz fuzzers
	tools/fuzz build/fuzz $(FUZZ)

lint:                 ## style, sizes and complexity of the source
	tools/install-deps lint
	tools/lint

ifeq ($(DEBIAN),)
deb:                  ## Debian packages: build/*.deb
	tools/install-deps deb
	tools/build-deb $(BUILD)
else
# in a chroot, as an apt source in a folder
deb:
	tools/install-deps debian
	tools/in-debian -o $(BUILD)/debian-$(DEBIAN) $(DEBIAN) \
	    sh -c 'apt-get -qq update && \
	    apt-get -qq -y install make > /dev/null && make deb'
	cd $(BUILD)/debian-$(DEBIAN) && dpkg-scanpackages . > Packages && \
	    chown --reference=. Packages
endif

check-deb: deb        ## tries them in a fresh Debian of this release; as root
	tools/install-deps check-deb
	tools/check-deb $(BUILD)

image:                ## a container image, build/wppkg-image.tar; as root
	tools/install-deps image
	$(MAKE) deb DEBIAN=13
	tools/build-image $(BUILD)

check-image: image    ## tries it; as root
	tools/check-image $(BUILD)

install: build        ## installs programs, page, manual pages, units
	@[ -n "$(DESTDIR)" ] || \
	! dpkg-query -W -f '$${db:Status-Status}\n' $(PACKAGES) 2>/dev/null | \
	    grep -qx installed || { echo "install: the Debian packages are" \
	    "installed; first: apt-get remove $(PACKAGES)" >&2; exit 1; }
	install -D -m 755 $(BUILD)/wppkg-syncd $(BIN_TO)/wppkg-syncd
	install -D -m 644 $(BUILD)/ngx_wppkg_module.so \
	    $(MODULE_TO)/ngx_wppkg_module.so
	install -D -m 644 -t $(PAGE_TO) $(PAGE:%=www/%)
	install -D -m 644 docs/wppkg-syncd.1 $(MAN_TO)/man1/wppkg-syncd.1
	install -D -m 644 docs/wppkg.conf.5 $(MAN_TO)/man5/wppkg.conf.5
	rm -f $(REPLACED)
	install -d -m 755 $(UNIT_TO)
	for unit in $(SYSTEMD); do \
	    sed 's|/usr/bin/|$(PREFIX)/bin/|' sync-daemon/$$unit \
	        > $(UNIT_TO)/$$unit && chmod 644 $(UNIT_TO)/$$unit || exit 1; \
	done
	install -D -m 644 wppkg.conf.example $(CONF_TO)/wppkg.conf.example
	test -e $(CONF_TO)/wppkg.conf || \
	    install -m 644 wppkg.conf.example $(CONF_TO)/wppkg.conf

# what dpkg has installed is dpkg's, under /lib of Debian 12 as well
uninstall:            ## removes them; configuration and catalogue stay
	@for file in $(INSTALLED:$(DESTDIR)%=%); do \
	    owner=$$(dpkg-query --root="$(DESTDIR)/" -S $$file $${file#/usr} \
	        2>/dev/null); \
	    if [ -n "$$owner" ]; then \
	        echo "uninstall: $(DESTDIR)$$file is left:" \
	            "$${owner%%: *} has installed it"; \
	    else \
	        echo "rm -f $(DESTDIR)$$file"; \
	        rm -f "$(DESTDIR)$$file" || exit 1; \
	    fi; \
	done
	@rmdir $(PAGE_TO) $(dir $(PAGE_TO)) 2>/dev/null || :

clean:                ## removes what was built
	-tools/demo stop
	@rm -rf build || { echo "clean: what is left of build/ belongs to" \
	    "another user; sudo make clean" >&2; exit 1; }


$(BUILD)/wppkg-syncd: $(SYNCD_OBJS) $(CORE_OBJS)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(SYNCD_LIBS)

$(BUILD)/t/unit/%: $(BUILD)/t/unit/%.o $(SYNCD_PARTS) $(HTTP_PARTS) \
                   $(CORE_PARTS)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ \
	    -lcmocka $(SYNCD_LIBS)

# what is shipped, beside t/mutants
$(BUILD)/t/unit/feed_race: $(BUILD)/t/unit/feed_race.o $(CORE_OBJS)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ \
	    -lcmocka $(CORE_LIBS)

$(BUILD)/t/unit/oom: SYNCD_LIBS += $(filter -%,$(SHORT))
$(BUILD)/t/unit/oom: $(filter %.o,$(SHORT))

$(BUILD)/t/lib/%: $(BUILD)/t/lib/%.o $(SYNCD_PARTS) $(CORE_PARTS)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ \
	    -lcmocka $(SYNCD_LIBS)

$(BUILD)/t/fuzz/%: $(BUILD)/t/fuzz/%.o $(BUILD)/t/fuzz/fuzz.o \
                   $(filter %.o,$(FUZZ_MAIN)) $(SYNCD_PARTS) $(HTTP_PARTS) \
                   $(CORE_PARTS)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ \
	    $(filter -%,$(FUZZ_MAIN)) $(SYNCD_LIBS)

$(BUILD)/t/bench/world-server: $(BUILD)/t/bench/world_data.o

# for what is measured, and for what measures it
$(BUILD)/t/bench/%: $(BUILD)/t/bench/%.o \
                    $(filter-out %/syncd_main.o,$(SYNCD_OBJS)) $(CORE_OBJS)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ \
	    $(SYNCD_LIBS)

$(BUILD)/checked/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -DWPPKG_DEBUG -MMD -MP \
	    -c -o $@ $<

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# before the shipped object, whose functions then are not taken
mutated = $(BUILD)/$(strip \
    $(if $(filter feed-%,$(1)),t/unit/feed_race) \
    $(if $(filter aliases-%,$(1)),t/unit/aliases) \
    $(if $(filter ranges-%,$(1)),t/lib/ranges)).o
.SECONDEXPANSION:
$(BUILD)/t/mutants/%: $(BUILD)/t/mutants/%.o $$(call mutated,$$*) \
                      $(CORE_OBJS)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,-z,muldefs \
	    -o $@ $^ -lcmocka $(CORE_LIBS)

$(filter $(BUILD)/t/mutants/dist-%,$(MUTANTS)): %: %.o $(SYNCD_OBJS) \
                                                  $(CORE_OBJS)
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,-z,muldefs \
	    -o $@ $^ $(SYNCD_LIBS)

$(BUILD)/t/mutants/%.o: $(BUILD)/t/mutants/%.c Makefile
	$(call say,CC,$@)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/t/mutants/%.c: t/mutants/%.patch tools/mutate \
                        $$(shell tools/mutate t/mutants/$$*.patch)
	@mkdir -p $(@D)
	@tools/mutate $< $@

# the module's parts, for their unit tests
$(HTTP_PARTS) $(BUILD)/t/unit/%.o $(BUILD)/t/fuzz/%.o: CPPFLAGS += -Isrc/http
$(BUILD)/t/unit/%.o $(BUILD)/t/fuzz/%.o: CPPFLAGS += -It/lib

-include $(CORE_OBJS:.o=.d) $(SYNCD_OBJS:.o=.d) $(HTTP_PARTS:.o=.d)
-include $(CORE_PARTS:.o=.d) $(SYNCD_PARTS:.o=.d)
-include $(UNITS:%=%.d) $(HELPERS:%=%.d) $(MUTANTS:%=%.d) $(BENCHES:%=%.d)
-include $(patsubst %.c,$(BUILD)/%.d,$(wildcard t/fuzz/*.c))

# Debian's nginx gives its headers, its configure and its own flags; another
# one than last time wants another module
$(BUILD)/ngx_wppkg_module.so: $(MODULE_DEPS) tools/build-module \
                              $(BUILD)/module-for
	CC="$(CC)" WERROR="$(WERROR)" tools/build-module $(BUILD)

.PHONY: always
$(BUILD)/module-for: always
	@mkdir -p $(@D)
	@printf '%s\n' "$$NGINX_SOURCE_DIR $$NGINX_CONFIGURE" > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# a static nginx with the module in it, from Debian's source
.PHONY: asan-nginx
asan-nginx: $(BUILD)/nginx

$(BUILD)/nginx: $(MODULE_DEPS) tools/build-nginx
	CC="$(CC)" NGINX="$(NGINX)" tools/build-nginx $(BUILD)
