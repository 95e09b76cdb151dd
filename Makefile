# ngx_wppkg: every target, see "make help".  Variables that matter:
#
#   BUILD     where things are built (build)
#   CC        the compiler (cc)
#   SANITIZE  1: AddressSanitizer and UndefinedBehaviorSanitizer
#   TESTS     what "make check" runs (t)

SHELL     = /bin/bash
BUILD    ?= build
CC       ?= cc
SANITIZE ?= 0
TESTS    ?= t
JOBS     ?= $(shell nproc)

WARNINGS  = -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wwrite-strings \
            -Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter
HARDEN    = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
OPTIMIZE  = -O2 -g

ifeq ($(SANITIZE),1)
HARDEN    = -fPIE
OPTIMIZE  = -O1 -g -fno-omit-frame-pointer \
            -fsanitize=address,undefined -fno-sanitize-recover=undefined
endif

CPPFLAGS += -Isrc/core -Isync-daemon -D_GNU_SOURCE
ALL_CFLAGS = -std=gnu11 $(OPTIMIZE) $(HARDEN) $(WARNINGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)

CORE_LIBS  = -lsqlite3 -ljansson -lcrypto -ldeflate
SYNCD_LIBS = -lcurl -linih $(CORE_LIBS)

CORE_SRCS  = $(wildcard src/core/*.c)
SYNCD_SRCS = $(wildcard sync-daemon/*.c)
UNIT_SRCS  = $(wildcard t/unit/*.c)

CORE_OBJS  = $(CORE_SRCS:%.c=$(BUILD)/%.o)
SYNCD_OBJS = $(SYNCD_SRCS:%.c=$(BUILD)/%.o)
# all of the daemon but its main(), for the unit tests
SYNCD_PARTS = $(filter-out $(BUILD)/sync-daemon/syncd_main.o,$(SYNCD_OBJS))
UNITS      = $(UNIT_SRCS:%.c=$(BUILD)/%)

MODULE_DEPS = config ngx_wppkg_module.c $(wildcard src/http/*.[ch]) \
              $(wildcard src/core/*.[ch])


.PHONY: help build module daemon units demo demo-stop check check-long asan
.PHONY: bench-serve bench-update bench-sync fuzz lint deb install clean

help:                 ## prints this list
	@sed -n 's/^\([a-z-]*\):.*## */  make \1|/p' $(MAKEFILE_LIST) \
	    | column -t -s '|'

build: module daemon  ## builds build/ngx_wppkg_module.so, build/wppkg-syncd

module: $(BUILD)/ngx_wppkg_module.so

daemon: $(BUILD)/wppkg-syncd

units: $(UNITS)

demo:                 ## installs what is missing, builds, shows it at work
	tools/install-deps demo
	$(MAKE) -j$(JOBS) build
	tools/demo start

demo-stop:            ## ends what "make demo" has left running
	tools/demo stop

check:                ## installs what is missing, builds, runs every test
	tools/install-deps check
	$(MAKE) -j$(JOBS) build units
	tools/run-tests $(TESTS)

check-long:           ## the tests that take long; not filled yet
	@echo "make check-long: there is no long test yet" >&2; exit 1

asan:                 ## the same tests with ASan and UBSan
	tools/install-deps asan
	$(MAKE) -j$(JOBS) BUILD=build/asan SANITIZE=1 asan-nginx daemon units
	WPPKG_BUILD=build/asan tools/run-tests $(TESTS)

bench-serve:          ## the module beside nginx's static files
	tools/install-deps bench
	$(MAKE) -j$(JOBS) build
	t/bench/serve

bench-update:         ## discover and update; not filled yet
	@echo "make bench-update: not measured yet" >&2; exit 1

bench-sync:           ## sync beside rclone; not filled yet
	@echo "make bench-sync: not measured yet" >&2; exit 1

fuzz:                 ## libFuzzer on the parsers; not filled yet
	@echo "make fuzz: there are no fuzz targets yet" >&2; exit 1

lint:                 ## style, sizes and complexity of the source
	tools/install-deps lint
	tools/lint

deb:                  ## Debian packages; not filled yet
	@echo "make deb: there is no packaging yet" >&2; exit 1

clean:                ## removes what was built
	rm -rf build


$(BUILD)/wppkg-syncd: $(SYNCD_OBJS) $(CORE_OBJS)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(SYNCD_LIBS)

$(BUILD)/t/unit/%: $(BUILD)/t/unit/%.o $(SYNCD_PARTS) $(CORE_OBJS)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(SYNCD_LIBS)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# unit tests of the module's pure parts find them here
$(BUILD)/t/unit/%.o: CPPFLAGS += -Isrc/http

-include $(CORE_OBJS:.o=.d) $(SYNCD_OBJS:.o=.d) $(UNITS:%=%.d)

# Debian's nginx gives its headers, its configure and its own flags
$(BUILD)/ngx_wppkg_module.so: $(MODULE_DEPS) tools/build-module
	CC="$(CC)" tools/build-module $(BUILD)

# a static nginx with the module in it, from Debian's source package
.PHONY: asan-nginx
asan-nginx: $(BUILD)/nginx

$(BUILD)/nginx: $(MODULE_DEPS) tools/build-nginx
	tools/build-nginx $(BUILD)
